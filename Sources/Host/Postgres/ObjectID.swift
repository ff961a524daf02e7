// The types of PostgreSQL as its protocol names them.

/// Object ids of built-in types (`pg_type.dat`); they never change.
enum ObjectID {
    static let bool: UInt32 = 16
    static let bytea: UInt32 = 17
    static let int8: UInt32 = 20
    static let int4: UInt32 = 23
    static let text: UInt32 = 25
    static let timestamptz: UInt32 = 1184
    static let uuid: UInt32 = 2950
}
