// Prints the limits of this machine as JSON, with one thread and with the number of threads given, the best of several
// runs. In GFLOP/s: fused multiply-adds per instruction set (a multiplication and an addition in the baseline), dot
// products of bfloat16 numbers, and AMX tiles. In GB/s, reads and writes added: copying memory, and updating it in
// place. Compiled without -march; each kernel names the instructions that it needs.
#include <omp.h>
#include <sys/mman.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

namespace {

using Seconds = std::chrono::duration<double>;

volatile float sink;
volatile float half = 0.5f;  // not known to the compiler

/// Independent sums. Eight would hide four cycles of latency at two instructions per cycle. SSE2 has room for 14: two
/// of its 16 registers hold the factors.
constexpr int kSums = 14;

#if defined(__x86_64__)

/// Repeats x ← x·a + a, which keeps x close to 1. This is a macro because a template would not inherit its caller's
/// target attribute.
#define GLISSADE_CHAINS(Vector, set, step, store)                    \
  const Vector a = set(half);                                        \
  Vector x[kSums];                                                   \
  for (int k = 0; k < kSums; ++k) x[k] = set(static_cast<float>(k)); \
  for (; count > 0; --count) {                                       \
    _Pragma("GCC unroll 14") for (int k = 0; k < kSums; ++k) step;   \
  }                                                                  \
  for (int k = 0; k < kSums; ++k) sink = store(x[k])

void baseline(long count) {
  GLISSADE_CHAINS(__m128, _mm_set1_ps, x[k] = _mm_add_ps(_mm_mul_ps(x[k], a), a), _mm_cvtss_f32);
}

__attribute__((target("avx2,fma"))) void avx2(long count) {
  GLISSADE_CHAINS(__m256, _mm256_set1_ps, x[k] = _mm256_fmadd_ps(x[k], a, a), _mm256_cvtss_f32);
}

__attribute__((target("avx512f"))) void avx512(long count) {
  GLISSADE_CHAINS(__m512, _mm512_set1_ps, x[k] = _mm512_fmadd_ps(x[k], a, a), _mm512_cvtss_f32);
}

__attribute__((target("avx512f,avx512bf16"))) void avx512bf16(long count) {
  const __m512bh factors = _mm512_cvtne2ps_pbh(_mm512_set1_ps(half), _mm512_set1_ps(half));
  GLISSADE_CHAINS(__m512, _mm512_set1_ps, x[k] = _mm512_dpbf16_ps(x[k], factors, factors), _mm512_cvtss_f32);
  sink = _mm512_cvtss_f32(a);
}

/// The operand of LDTILECFG (Intel's manual, volume 1, chapter 18).
struct alignas(64) TileConfiguration {
  unsigned char palette = 1, startRow = 0, reserved[14] = {};
  unsigned short bytesPerRow[16] = {};
  unsigned char rows[16] = {};
};

/// 2×2 tiles of sums (0 to 3), two of A (4, 5), two of B (6, 7), all zero.
__attribute__((target("amx-tile,amx-bf16"))) void amx(long count) {
  TileConfiguration configuration;
  for (int tile = 0; tile < 8; ++tile) {
    configuration.bytesPerRow[tile] = 64;
    configuration.rows[tile] = 16;
  }
  _tile_loadconfig(&configuration);
  _tile_zero(0);
  _tile_zero(1);
  _tile_zero(2);
  _tile_zero(3);
  _tile_zero(4);
  _tile_zero(5);
  _tile_zero(6);
  _tile_zero(7);
  for (; count > 0; --count) {
    _tile_dpbf16ps(0, 4, 6);
    _tile_dpbf16ps(1, 4, 7);
    _tile_dpbf16ps(2, 5, 6);
    _tile_dpbf16ps(3, 5, 7);
  }
  _tile_release();
}

/// Whether CPU and operating system support AMX-BF16 and permit it to this process.
bool hasAmx() {
#if defined(__linux__)
  constexpr unsigned kOsXsave = 1u << 27, kAmxBf16 = 1u << 22, kAmxTile = 1u << 24;  // CPUID 1 ECX; 7 EDX
  constexpr unsigned kTileState = 3u << 17;                                          // XCR0: configuration and data
  constexpr long kRequestPermission = 0x1023, kTileData = 18;                        // of arch_prctl
  unsigned eax, ebx, ecx, edx;
  if (!__get_cpuid(1, &eax, &ebx, &ecx, &edx) || !(ecx & kOsXsave)) return false;
  if (!__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) || (edx & (kAmxBf16 | kAmxTile)) != (kAmxBf16 | kAmxTile))
    return false;
  unsigned low, high;
  asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (low & kTileState) == kTileState && syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
#else
  return false;
#endif
}

#elif defined(__aarch64__)

void neon(long count) {
  const float32x4_t a = vdupq_n_f32(half);
  float32x4_t x[kSums];
  for (int k = 0; k < kSums; ++k) x[k] = vdupq_n_f32(static_cast<float>(k));
  for (; count > 0; --count)
    for (int k = 0; k < kSums; ++k) x[k] = vfmaq_f32(a, x[k], a);
  for (int k = 0; k < kSums; ++k) sink = vgetq_lane_f32(x[k], 0);
}

#endif

/// The shortest of several times from a common start until all threads have finished, in s.
template <typename Work>
double leastTime(int threads, Work work) {
  double least = 1e9;
  for (int i = 0; i < 20; ++i) {
    std::chrono::steady_clock::time_point begin;
#pragma omp parallel num_threads(threads)
    {
#pragma omp barrier
#pragma omp master
      begin = std::chrono::steady_clock::now();
      work(omp_get_thread_num());
    }
    least = std::min(least, Seconds(std::chrono::steady_clock::now() - begin).count());
  }
  return least;
}

struct Limit {
  std::string name;
  double one, all;
};

Limit arithmetic(const char* name, void (*kernel)(long), double operations, int threads) {
  constexpr double kTime = 0.02;
  long count = 1000;
  while (leastTime(1, [&](int) { kernel(count); }) < kTime / 4) count *= 2;
  const auto rate = [&](int team) {
    return team * count * operations / leastTime(team, [&](int) { kernel(count); }) / 1e9;
  };
  return {name, rate(1), rate(threads)};
}

constexpr size_t kBytes = size_t{256} << 20;  // of an array; larger than the caches

char* mapped() {
  void* memory = mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) std::perror("mmap"), std::exit(1);
  return static_cast<char*>(memory);
}

/// Measures the memory's rate. Each thread calls `move(from, to, bytes)` for its share, on pages that it touched first.
template <typename Move>
Limit memory(const char* name, int threads, Move move) {
  const auto rate = [&](int team) {
    char* from = mapped();
    char* to = mapped();
    const size_t share = kBytes / team / 4096 * 4096;
    const auto each = [&](auto visit) {
      return leastTime(team, [&](int thread) { visit(from + thread * share, to + thread * share, share); });
    };
    each([](char* a, char* b, size_t bytes) { std::memset(a, 0, bytes), std::memset(b, 0, bytes); });
    const double time = each(move);
    munmap(from, kBytes), munmap(to, kBytes);
    return 2.0 * team * share / time / 1e9;
  };
  return {name, rate(1), rate(threads)};
}

void copy(char* from, char* to, size_t bytes) { std::memcpy(to, from, bytes); }

void readModifyWrite(char* from, char*, size_t bytes) {
  float* x = reinterpret_cast<float*>(from);
#pragma omp simd
  for (size_t i = 0; i < bytes / sizeof(float); ++i) x[i] += 1;
}

void print(const char* kind, const std::vector<Limit>& limits, const char* end) {
  std::printf("\"%s\": {", kind);
  for (size_t i = 0; i < limits.size(); ++i)
    std::printf("%s\"%s\": {\"one\": %.1f, \"all\": %.1f}", i > 0 ? ", " : "", limits[i].name.c_str(), limits[i].one,
                limits[i].all);
  std::printf("}%s", end);
}

}  // namespace

int main(int, char** arguments) {
  const int threads = std::atoi(arguments[1]);
  std::vector<Limit> float32, bfloat16;
#if defined(__x86_64__)
  float32.push_back(arithmetic("baseline", baseline, kSums * 4 * 2, threads));
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
    float32.push_back(arithmetic("avx2", avx2, kSums * 8 * 2, threads));
  if (__builtin_cpu_supports("avx512f")) float32.push_back(arithmetic("avx512", avx512, kSums * 16 * 2, threads));
  if (__builtin_cpu_supports("avx512bf16"))
    bfloat16.push_back(arithmetic("avx512bf16", avx512bf16, kSums * 32 * 2, threads));
  if (hasAmx()) bfloat16.push_back(arithmetic("amx", amx, 4 * 16 * 16 * 32 * 2, threads));
#elif defined(__aarch64__)
  float32.push_back(arithmetic("neon", neon, kSums * 4 * 2, threads));
#endif
  std::printf("{");
  print("float32", float32, ", ");
  print("bfloat16", bfloat16, ", ");
  print("memory", {memory("copy", threads, copy), memory("readModifyWrite", threads, readModifyWrite)}, "}\n");
}
