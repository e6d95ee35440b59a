// Copies memory larger than any cache, from one half to the other, until it is killed.
#include <cstring>
#include <vector>

int main() {
  constexpr size_t kHalf = size_t{128} << 20;
  std::vector<char> memory(2 * kHalf, 1);
  for (;;) {
    std::memcpy(memory.data() + kHalf, memory.data(), kHalf);
    __asm__ volatile("" : : "r"(memory.data()) : "memory");  // the copy counts as read
  }
}
