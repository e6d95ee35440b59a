#include "arch/cpu.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include "system/processors.h"

namespace glissade {
namespace {

// Bit positions: Intel SDM volume 2A, CPUID; XCR0: volume 1, section 13.3.
constexpr uint32_t kLeaf1Fma = 1u << 12, kLeaf1Osxsave = 1u << 27, kLeaf1Avx = 1u << 28;
constexpr uint32_t kLeaf7Avx2 = 1u << 5;
constexpr uint32_t kLeaf7Avx512 = 1u << 16 | 1u << 17 | 1u << 28 | 1u << 30 | 1u << 31;  // F, DQ, CD, BW, VL
constexpr uint32_t kLeaf7AmxBf16 = 1u << 22, kLeaf7AmxTile = 1u << 24;                   // of EDX
constexpr uint32_t kLeaf7Sub1Avx512Bf16 = 1u << 5;
constexpr uint64_t kXcr0Avx = 0x06, kXcr0Avx512 = 0xe6, kXcr0Amx = 0x60000;

bool has(uint64_t word, uint64_t bits) { return (word & bits) == bits; }

[[maybe_unused]] CpuReport readCpu() {
  CpuReport report;
#if defined(__x86_64__)
  uint32_t eax, ebx, ecx, edx;
  if (__get_cpuid(1, &eax, &ebx, &ecx, &edx)) report.leaf1Ecx = ecx;
  uint32_t most = 0;
  if (__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx)) {
    most = eax;
    report.leaf7Ebx = ebx;
    report.leaf7Edx = edx;
  }
  if (most >= 1 && __get_cpuid_count(7, 1, &eax, &ebx, &ecx, &edx)) report.leaf7Sub1Eax = eax;
  if (has(report.leaf1Ecx, kLeaf1Osxsave)) {
    uint32_t low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    report.xcr0 = uint64_t{high} << 32 | low;
  }
  if (has(report.leaf7Edx, kLeaf7AmxTile) && has(report.xcr0, kXcr0Amx)) report.mayUseTiles = requestTiles();
#endif
  return report;
}

}  // namespace

std::string_view nameOf(InstructionSet set) {
  switch (set) {
    case InstructionSet::avx2: return "avx2";
    case InstructionSet::avx512: return "avx512";
    case InstructionSet::avx512bf16: return "avx512bf16";
    case InstructionSet::amx: return "amx";
    case InstructionSet::neon: return "neon";
    case InstructionSet::simd128: return "simd128";
    default: return "baseline";
  }
}

std::vector<InstructionSet> instructionSetsFrom(const CpuReport& report) {
  std::vector<InstructionSet> sets{InstructionSet::baseline};
  if (!has(report.leaf1Ecx, kLeaf1Osxsave | kLeaf1Avx | kLeaf1Fma) || !has(report.leaf7Ebx, kLeaf7Avx2) ||
      !has(report.xcr0, kXcr0Avx))
    return sets;
  sets.push_back(InstructionSet::avx2);
  if (!has(report.leaf7Ebx, kLeaf7Avx512) || !has(report.xcr0, kXcr0Avx512)) return sets;
  sets.push_back(InstructionSet::avx512);
  if (!has(report.leaf7Sub1Eax, kLeaf7Sub1Avx512Bf16)) return sets;
  sets.push_back(InstructionSet::avx512bf16);
  if (has(report.leaf7Edx, kLeaf7AmxTile | kLeaf7AmxBf16) && has(report.xcr0, kXcr0Amx) && report.mayUseTiles)
    sets.push_back(InstructionSet::amx);
  return sets;
}

const std::vector<InstructionSet>& supportedInstructionSets() {
#if defined(__aarch64__)
  static const std::vector<InstructionSet> sets{InstructionSet::neon};  // part of the base architecture
#elif defined(__wasm__)
  static const std::vector<InstructionSet> sets{InstructionSet::simd128};
#else
  static const std::vector<InstructionSet> sets = [] {
    std::vector<InstructionSet> all = instructionSetsFrom(readCpu());
    std::erase_if(all, [](InstructionSet set) { return set > kStrongest; });
    return all;
  }();
#endif
  return sets;
}

}  // namespace glissade
