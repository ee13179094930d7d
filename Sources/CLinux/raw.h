// System calls that change registers alone: no errno, nothing of the thread that they run in. What a
// child that still shares its parent's memory may use, beside its own stack.
//
// Where a processor's way is not written here, MARTLET_RAW_CALLS is 0: then such a child gets a copy
// of the memory, and calls go by way of the C library.

#ifndef MARTLET_RAW_H
#define MARTLET_RAW_H

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

// No instrumentation may come between: it would keep its books in the parent's thread, as
// ThreadSanitizer does at each function's beginning even where it is told to look away.
#define MARTLET_BARE \
    __attribute__((no_sanitize("address", "thread", "undefined", "coverage"), \
                   disable_sanitizer_instrumentation, no_stack_protector))

#if defined(__x86_64__)
#define MARTLET_RAW_CALLS 1

// What the call answers: a negative errno if it failed.
MARTLET_BARE static inline long raw_call(long number, long a, long b, long c, long d, long e)
{
    long result;
    register long fourth __asm__("r10") = d;
    register long fifth __asm__("r8") = e;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(fourth), "r"(fifth)
                     : "rcx", "r11", "memory");
    return result;
}

// clone3 onto a stack: the child runs `run(argument)`, which must not return.
MARTLET_BARE static inline long raw_clone(
    void *arguments, size_t size, void (*run)(void *), void *argument)
{
    long result;
    register void (*entry)(void *) __asm__("r12") = run;
    register void *given __asm__("r13") = argument;
    __asm__ volatile("syscall\n\t"
                     "test %%rax, %%rax\n\t"
                     "jnz 1f\n\t"
                     "xor %%ebp, %%ebp\n\t"
                     "mov %%r13, %%rdi\n\t"
                     "call *%%r12\n\t"
                     "ud2\n"
                     "1:"
                     : "=a"(result)
                     : "a"((long)SYS_clone3), "D"(arguments), "S"(size), "r"(entry), "r"(given)
                     : "rcx", "r11", "memory");
    return result;
}

#elif defined(__aarch64__)
#define MARTLET_RAW_CALLS 1

MARTLET_BARE static inline long raw_call(long number, long a, long b, long c, long d, long e)
{
    register long call __asm__("x8") = number;
    register long first __asm__("x0") = a;
    register long second __asm__("x1") = b;
    register long third __asm__("x2") = c;
    register long fourth __asm__("x3") = d;
    register long fifth __asm__("x4") = e;
    __asm__ volatile("svc #0"
                     : "+r"(first)
                     : "r"(call), "r"(second), "r"(third), "r"(fourth), "r"(fifth)
                     : "memory");
    return first;
}

MARTLET_BARE static inline long raw_clone(
    void *arguments, size_t size, void (*run)(void *), void *argument)
{
    register long call __asm__("x8") = SYS_clone3;
    register long first __asm__("x0") = (long)arguments;
    register long second __asm__("x1") = (long)size;
    register void (*entry)(void *) __asm__("x20") = run;
    register void *given __asm__("x21") = argument;
    __asm__ volatile("svc #0\n\t"
                     "cbnz x0, 1f\n\t"
                     "mov x29, xzr\n\t"
                     "mov x30, xzr\n\t"
                     "mov x0, x21\n\t"
                     "blr x20\n\t"
                     "brk #0\n"
                     "1:"
                     : "+r"(first)
                     : "r"(call), "r"(second), "r"(entry), "r"(given)
                     : "memory");
    return first;
}

#else
#define MARTLET_RAW_CALLS 0

static inline long raw_call(long number, long a, long b, long c, long d, long e)
{
    long result = syscall(number, a, b, c, d, e);
    return result < 0 ? -errno : result;
}

static inline long raw_clone(void *arguments, size_t size, void (*run)(void *), void *argument)
{
    (void)arguments, (void)size, (void)run, (void)argument;
    return -ENOSYS;
}
#endif

#endif
