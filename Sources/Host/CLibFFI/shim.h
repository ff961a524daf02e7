// libffi
#include <ffi.h>

// libffi's type descriptors are mutable globals, which Swift does not let through; nobody ever writes to them.
static inline ffi_type *ffi_type_of_byte(void) { return &ffi_type_uint8; }
static inline ffi_type *ffi_type_of_int32(void) { return &ffi_type_sint32; }
static inline ffi_type *ffi_type_of_int64(void) { return &ffi_type_sint64; }
static inline ffi_type *ffi_type_of_double(void) { return &ffi_type_double; }
static inline ffi_type *ffi_type_of_pointer(void) { return &ffi_type_pointer; }
