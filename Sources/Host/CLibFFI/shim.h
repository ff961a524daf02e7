// libffi
#include <ffi.h>
