// The table `users`: people, by name and e-mail address.
import PluginAPI

struct Users: TableHandler {
    static let table = TableDefinition("users") {
        Key("user_id", .uuid)
        Column("name", .text, required: true, schema: .string(minLength: 1))
        Column("email", .text, required: true, schema: .string(maxLength: 254, format: .email))
        DatabaseColumn("created_at", .timestamptz, nullable: false)

        Operations(.create, .update, .upsert, .delete)
        Filter("email")
        Sort("created_at", "name", "email", defaultOrder: "-created_at")
        // A user's orders are deleted with the user.
        Invalidates("orders", on: .delete)

        Migration(
            1, "create users",
            """
            CREATE TABLE users (
                user_id uuid PRIMARY KEY,
                name text NOT NULL CHECK (name <> ''),
                email text NOT NULL UNIQUE,
                created_at timestamptz NOT NULL DEFAULT now()
            );
            CREATE INDEX ON users (created_at, user_id);
            """)
    }
}
