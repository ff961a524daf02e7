// The result builder of definitions.

/// Gathers the lines of a ``TableDefinition``.
@resultBuilder
public enum TableDefinitionBuilder {
    public static func buildExpression(_ element: some TableElement) -> TablePart { element.part }
    public static func buildBlock(_ parts: TablePart...) -> [TablePart] { parts }
}
