// The cheapest command there is.
#include "system.h"

void start(long *stack) {
    (void)stack;
    leave(0);
}
