// The table `orders`: what a user bought, and the total.
import PluginAPI

struct Orders: TableHandler {
    static let table = TableDefinition("orders") {
        Key("order_id", .uuid)
        Column("user_id", .uuid, json: "userId", required: true, references: ("users", "user_id"))
        Column(
            "items", .jsonb, required: true,
            schema: .array(
                of: .object(
                    .required("productId", .string(minLength: 1)),
                    .required("quantity", .integer(minimum: 1)),
                    .required("price", .number(exclusiveMinimum: 0))),
                minItems: 1))
        Column("total", .numeric(10, 2), required: true, schema: .number(exclusiveMinimum: 0))
        DatabaseColumn("created_at", .timestamptz, nullable: false)

        Operations(.create, .update, .upsert, .delete)
        Filter("userId", column: "user_id", .equal, .anyOf)
        Filter("total", .equal, .less, .lessOrEqual, .greater, .greaterOrEqual)
        Sort("created_at", "total", defaultOrder: "-created_at")

        Migration(
            1, "create orders",
            """
            CREATE TABLE orders (
                order_id uuid PRIMARY KEY,
                user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
                items jsonb NOT NULL,
                total numeric(10,2) NOT NULL CHECK (total > 0),
                created_at timestamptz NOT NULL DEFAULT now()
            );
            CREATE INDEX ON orders (user_id);
            CREATE INDEX ON orders (created_at, order_id);
            """)
    }

    /// The part of a body that the rule needs. Optional: an update may leave them out.
    struct Input: Decodable {
        let items: [Item]?
        let total: ExactDecimal?
    }

    struct Item: Decodable {
        let quantity: ExactDecimal
        let price: ExactDecimal
    }

    /// The total must equal the sum of the items, to the cent.
    func validate(_ order: Input, _ write: WriteContext) throws(WriteRejection) {
        // An update of neither leaves the sum as it is; one without the other would break it.
        if order.items == nil && order.total == nil { return }
        guard let items = order.items else {
            throw WriteRejection("required", "The items must be given together with the total.", at: "/items")
        }
        guard let total = order.total else {
            throw WriteRejection("required", "The total must be given together with the items.", at: "/total")
        }
        var sum: ExactDecimal = 0
        for item in items { sum = try sum + item.price * item.quantity }
        sum = sum.rounded(toScale: 2)
        guard sum == total else {
            throw WriteRejection("total_mismatch", "The total must be \(sum), the sum of the items.", at: "/total")
        }
    }
}
