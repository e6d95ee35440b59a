// Prints the median time in µs in which threads move the bytes of an optimizer's step and do nothing else: a lower
// limit for such a step. Arguments: numbers, threads, plain|huge pages, and the arrays that each pass reads and writes.
// "4:3" is Adam: it reads four arrays and writes three of them. "2:0,3:2" is LARS: norms first, then the update.
//
// Arrays are mapped memory, like large ArrayBuffers. They begin either at page boundaries or at growing offsets from
// these, so that they don't share a cache set. The faster placement counts. Threads touch their own share first.
#include <omp.h>
#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

namespace {

constexpr int kMaxArrays = 6;
using Arrays = std::array<float*, kMaxArrays>;
using Seconds = std::chrono::duration<double>;

volatile float sink;

template <int kRead, int kWritten>
void move(const Arrays& arrays, size_t begin, size_t end) {
  float* a[kRead];
  std::copy_n(arrays.data(), kRead, a);
  float total = 0;
#pragma omp simd reduction(+ : total)
  for (size_t i = begin; i < end; ++i) {
    float x = 0;
    for (int k = kWritten; k < kRead; ++k) x += a[k][i];
    if constexpr (kWritten == 0) total += x;
    for (int k = 0; k < kWritten; ++k) a[k][i] += x;
  }
  if constexpr (kWritten == 0) sink = total;
}

struct Pass {
  int read, written;
  void (*move)(const Arrays& arrays, size_t begin, size_t end);
};

template <int... kPlaces>
Pass passOf(int read, int written, std::integer_sequence<int, kPlaces...>) {
  Pass pass{read, written, nullptr};
  const auto consider = [&]<int kRead, int kWritten>() {
    if constexpr (kRead > 0 && kWritten < kRead)
      if (read == kRead && written == kWritten) pass.move = move<kRead, kWritten>;
  };
  (consider.template operator()<kPlaces / kMaxArrays + 1, kPlaces % kMaxArrays>(), ...);
  return pass;
}

std::vector<Pass> parsed(const char* text) {
  std::vector<Pass> passes;
  for (const char* at = text; *at; at += *at == ',') {
    char* end;
    const int read = static_cast<int>(std::strtol(at, &end, 10));
    const int written = *end == ':' ? static_cast<int>(std::strtol(end + 1, &end, 10)) : -1;
    passes.push_back(passOf(read, written, std::make_integer_sequence<int, kMaxArrays * kMaxArrays>()));
    at = end;
    if (!passes.back().move || (*at && *at != ',')) std::fprintf(stderr, "no such passes: %s\n", text), std::exit(1);
  }
  return passes;
}

/// Arrays of zeros; array k begins k · `apart` bytes beyond a page boundary.
Arrays mapped(int count, size_t length, size_t apart, bool isHuge) {
  constexpr size_t kHugePage = size_t{2} << 20;
  const size_t bytes = (length * sizeof(float) + kMaxArrays * apart + kHugePage - 1) / kHugePage * kHugePage;
  Arrays arrays{};
  for (int k = 0; k < count; ++k) {
    void* memory = mmap(nullptr, bytes + kHugePage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) std::perror("mmap"), std::exit(1);
    const size_t address = (reinterpret_cast<size_t>(memory) + kHugePage - 1) / kHugePage * kHugePage;
#ifdef MADV_HUGEPAGE
    if (isHuge) madvise(reinterpret_cast<void*>(address), bytes, MADV_HUGEPAGE);
#endif
    arrays[k] = reinterpret_cast<float*>(address + k * apart);
  }
  return arrays;
}

/// Calls `visit(begin, end)` with the share of each thread, in whole cache lines.
template <typename Visit>
void share(size_t length, int threads, Visit visit) {
  constexpr size_t kLine = 64 / sizeof(float);
  if (threads == 1) return visit(0, length);
#pragma omp parallel num_threads(threads)
  {
    const size_t lines = (length + kLine - 1) / kLine, t = omp_get_thread_num(), n = omp_get_num_threads();
    visit(std::min(length, lines * t / n * kLine), std::min(length, lines * (t + 1) / n * kLine));
  }
}

double medianTime(const std::vector<Pass>& passes, size_t length, int threads, size_t apart, bool isHuge) {
  int count = 0;
  for (const Pass& pass : passes) count = std::max(count, pass.read);
  const Arrays arrays = mapped(count, length, apart, isHuge);
  share(length, threads, [&](size_t begin, size_t end) {
    for (int k = 0; k < count; ++k) std::fill(arrays[k] + begin, arrays[k] + end, 0.f);
  });
  std::vector<double> times;
  for (double total = 0, warmUp = 0; total < 0.7 || times.size() < 7;) {
    const auto begin = std::chrono::steady_clock::now();
    for (const Pass& pass : passes)
      share(length, threads, [&](size_t begin, size_t end) { pass.move(arrays, begin, end); });
    const double time = Seconds(std::chrono::steady_clock::now() - begin).count();
    if (warmUp < 0.2) {
      warmUp += time;
      continue;
    }
    total += time;
    times.push_back(time);
  }
  for (int k = 0; k < count; ++k) munmap(reinterpret_cast<char*>(arrays[k]) - k * apart, length * sizeof(float));
  std::nth_element(times.begin(), times.begin() + times.size() / 2, times.end());
  return times[times.size() / 2];
}

}  // namespace

int main(int, char** arguments) {
  const size_t length = std::strtoull(arguments[1], nullptr, 10);
  const int threads = std::atoi(arguments[2]);
  const bool isHuge = std::strcmp(arguments[3], "huge") == 0;
  const std::vector<Pass> passes = parsed(arguments[4]);
  double best = 1e9;
  for (const size_t apart : {size_t{0}, size_t{2048 + 192}})
    best = std::min(best, medianTime(passes, length, threads, apart, isHuge));
  std::printf("%.4f\n", best * 1e6);
}
