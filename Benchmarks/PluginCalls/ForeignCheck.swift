// libffi without the host's work around it.
import CLibFFI

/// `bool f(const char *text, size_t length)` as libffi calls it.
final class ForeignCheck {
    private let interface = UnsafeMutablePointer<ffi_cif>.allocate(capacity: 1)
    private let types = UnsafeMutablePointer<UnsafeMutablePointer<ffi_type>?>.allocate(capacity: 2)
    private let address: @convention(c) () -> Void

    init(_ address: UnsafeMutableRawPointer) {
        types[0] = ffi_type_of_pointer()
        types[1] = ffi_type_of_int64()
        let status = ffi_prep_cif(interface, FFI_DEFAULT_ABI, 2, ffi_type_of_byte(), types)
        precondition(status == FFI_OK, "libffi can't call it: \(status)")
        // libffi takes every function as one without arguments.
        self.address = unsafeBitCast(address, to: (@convention(c) () -> Void).self)
    }

    deinit {
        interface.deallocate()
        types.deallocate()
    }

    func call() {
        var text: UnsafePointer<CChar>?
        var length: Int64 = 0
        var result: ffi_arg = 0
        withUnsafeMutablePointer(to: &text) { text in
            withUnsafeMutablePointer(to: &length) { length in
                var arguments: (UnsafeMutableRawPointer?, UnsafeMutableRawPointer?) = (
                    UnsafeMutableRawPointer(text), UnsafeMutableRawPointer(length)
                )
                withUnsafeMutablePointer(to: &arguments) { arguments in
                    arguments.withMemoryRebound(to: UnsafeMutableRawPointer?.self, capacity: 2) {
                        ffi_call(interface, address, &result, $0)
                    }
                }
            }
        }
    }
}
