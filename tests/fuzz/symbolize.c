// What libFuzzer asks of a sanitizer to report coverage: a name for an address. Here it is the address itself, from the
// beginning of the program, which addr2line turns into a file and a line.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>

static uintptr_t offset_of(void *address) {
  Dl_info info;
  return dladdr(address, &info) ? (uintptr_t)address - (uintptr_t)info.dli_fbase : 0;
}

void __sanitizer_symbolize_pc(void *address, const char *format, char *text, size_t size) {
  (void)format;
  snprintf(text, size, "0x%zx", (size_t)offset_of(address));
}

int __sanitizer_get_module_and_offset_for_pc(void *address, char *module, size_t size, void **offset) {
  snprintf(module, size, "the program");
  *offset = (void *)offset_of(address);
  return 1;
}
