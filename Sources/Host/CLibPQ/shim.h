// libpq's client interface
#include <libpq-fe.h>
