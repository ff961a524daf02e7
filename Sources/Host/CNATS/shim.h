// libnats
#include <nats/nats.h>
