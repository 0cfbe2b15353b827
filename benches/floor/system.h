// System calls and the entry point without a C library, on x86-64 and aarch64: what the floor programs are made of.
#include <stddef.h>
#include <sys/syscall.h>

static inline __attribute__((always_inline)) long call(long number, long a, long b, long c, long d) {
#if defined __x86_64__
    long result;
    register long r10 __asm__("r10") = d;
    __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10) : "rcx", "r11", "memory");
    return result;
#elif defined __aarch64__
    register long x8 __asm__("x8") = number;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    register long x3 __asm__("x3") = d;
    __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3) : "memory");
    return x0;
#endif
}

// The kernel hands over the number of arguments, the arguments, a null, the environment.
#if defined __x86_64__
__asm__(".globl _start\n_start: mov %rsp, %rdi\nand $-16, %rsp\ncall start\n");
#elif defined __aarch64__
__asm__(".globl _start\n_start: mov x0, sp\nbl start\n");
#endif

__attribute__((noreturn, used)) void start(long *stack);

static inline __attribute__((noreturn)) void leave(int code) {
    for (;;) call(SYS_exit_group, code, 0, 0, 0);
}
