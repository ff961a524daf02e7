// The routes that every host has.
package import HTTPTypes
package import Hummingbird
package import Telemetry

extension Router {
    /// `GET /health`, `/health/live` and `/health/ready`.
    ///
    /// - Parameter report: asked at each request; must be quick.
    package func addHealthRoutes(report: @escaping @Sendable () async -> HealthReport) {
        get("health") { _, _ in
            let report = await report()
            return Self.answer(report, isGood: report.isHealthy, good: "ok", bad: "unhealthy")
        }
        get("health/live") { _, _ in
            Response(status: .ok, mediaType: "application/json", bytes: Array(#"{"status":"ok"}"#.utf8))
        }
        get("health/ready") { _, _ in
            let report = await report()
            return Self.answer(report, isGood: report.isReady, good: "ready", bad: "not ready")
        }
        for path: RouterPath in ["health", "health/live", "health/ready"] { refuseOtherMethods(path, allowed: [.get]) }
    }

    /// `GET /metrics`, Prometheus' text format 0.0.4.
    package func addMetricsRoute(_ registry: MetricRegistry) {
        get("metrics") { _, _ in
            Response(
                status: .ok, mediaType: "text/plain; version=0.0.4; charset=utf-8", bytes: registry.prometheusText())
        }
        refuseOtherMethods("metrics", allowed: [.get])
    }

    /// Answers 405 with `Allow` for the methods of a path that nothing else serves.
    package func refuseOtherMethods(_ path: RouterPath, allowed: [HTTPRequest.Method]) {
        let shown = allowed.contains(.get) ? allowed.flatMap { $0 == .get ? [.get, .head] : [$0] } : allowed
        let names = shown.map(\.rawValue)
        for method in HTTPRequest.Method.known where !shown.contains(method) {
            on(path, method: method) { _, _ -> Response in
                throw Problem.methodNotAllowed(method.rawValue, allowed: names)
            }
        }
    }

    private static func answer(_ report: HealthReport, isGood: Bool, good: String, bad: String) -> Response {
        Response(
            status: isGood ? .ok : .serviceUnavailable, mediaType: "application/json",
            headers: [.cacheControl: "no-store"], bytes: report.body(status: isGood ? good : bad))
    }
}

extension HTTPRequest.Method {
    /// Those that a path may take; each path answers the rest of them 405.
    package static let known: [HTTPRequest.Method] = [.get, .head, .post, .put, .patch, .delete, .options]
}
