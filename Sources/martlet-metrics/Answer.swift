// What is answered to an HTTP request.
// Invariant: figures are read for who asks for them, and for nobody else.

import LinuxKernel
import PoolWire

struct Answer: Equatable {
    let status: UInt32
    let body: String
    var type = "text/plain; charset=utf-8"
    /// The methods there are, for who has used another one.
    var allowed: String?

    /// - Parameter metrics: Reads the figures; called only if they are asked for.
    init(method: String, path: String, metrics: () throws(SystemError) -> String) {
        let isKnown = path == "/" || path == "/metrics"
        guard isKnown else {
            self.init(404, "There is nothing here; the figures are at /metrics.\n")
            return
        }
        guard method == "GET" || method == "HEAD" else {
            self.init(405, "The methods here are GET and HEAD.\n")
            allowed = "GET, HEAD"
            return
        }
        guard path == "/metrics" else {
            let link = #"<a href="/metrics">the figures of all pools</a>"#
            self.init(200, "<!DOCTYPE html><title>Martlet</title><p>Martlet: \(link)\n")
            type = "text/html; charset=utf-8"
            return
        }
        do throws(SystemError) {
            self.init(200, try metrics())
            type = OpenMetricsText.contentType
        } catch {
            self.init(500, "\(error)\n")
        }
    }

    private init(_ status: UInt32, _ body: String) {
        self.status = status
        self.body = body
    }
}
