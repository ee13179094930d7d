#include "CLinux.h"

int64_t martlet_atomic_add(int64_t *place, int64_t difference)
{
    return __atomic_add_fetch(place, difference, __ATOMIC_SEQ_CST);
}

int64_t martlet_atomic_load(const int64_t *place)
{
    return __atomic_load_n(place, __ATOMIC_SEQ_CST);
}

void martlet_atomic_store(int64_t *place, int64_t value)
{
    __atomic_store_n(place, value, __ATOMIC_RELEASE);
}

uint64_t martlet_atomic_claim(uint64_t *place, uint64_t key)
{
    uint64_t held = 0;
    if (__atomic_compare_exchange_n(place, &held, key, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
        return key;
    return held;
}
