// Rejections on their way to the host.
import CPluginABI

extension WriteRejection {
    /// Hands each reason to the host.
    ///
    /// - Returns: what the function that was called returns to the host.
    func report(to sink: UnsafePointer<jspg_error_sink>?) -> jspg_result {
        if let sink, let report = sink.pointee.report {
            for reason in reasons {
                withBytes(of: reason.code) { code in
                    withBytes(of: reason.message) { message in
                        withBytes(of: reason.pointer) { report(sink.pointee.context, code, message, $0) }
                    }
                }
            }
        }
        return jspg_result(isFailure ? JSPG_FAILED : JSPG_REJECTED)
    }
}
