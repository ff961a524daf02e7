// What the loads have in common.
import ArgumentParser
import FoundationEssentials
import Glibc
import Load

struct BenchOptions: ParsableArguments {
    @Option(help: "How many connections.")
    var connections = 64

    @Option(help: "Seconds that are measured.")
    var duration = 10.0

    @Option(help: "Seconds that run before them and don't count.")
    var warmUp = 1.0

    @Flag(help: "Print one JSON object; times in it are milliseconds.")
    var json = false

    func validate() throws {
        guard (1...60_000).contains(connections) else {
            throw ValidationError("--connections must be from 1 to 60000.")
        }
        guard duration > 0, duration <= 86_400 else {
            throw ValidationError("--duration must be over 0 and at most 86400 seconds.")
        }
        guard (0...86_400).contains(warmUp) else {
            throw ValidationError("--warm-up must be from 0 to 86400 seconds.")
        }
    }

    static func check(rate: Double) throws {
        guard rate > 0, rate <= 10_000_000 else {
            throw ValidationError("--rate must be over 0 and at most 10000000 requests a second.")
        }
    }

    static func url(_ text: String) throws -> LoadURL {
        do {
            return try LoadURL(text)
        } catch {
            throw ValidationError("\(error).")
        }
    }

    /// Compiles a template; a file that it names is read from the current folder.
    static func template(_ text: String) throws -> Template {
        do {
            return try Template(text, contentOf: content)
        } catch let error as LoadError {
            throw ValidationError("\(error).")
        }
    }

    static func content(_ path: String) throws -> [UInt8] {
        // It is read more than once, which a pipe can't be.
        var info = stat()
        guard stat(path, &info) == 0, info.st_mode & S_IFMT == S_IFREG,
            let content = FileManager.default.contents(atPath: path)
        else { throw ValidationError("\(path) is no file that can be read.") }
        return Array(content)
    }
}
