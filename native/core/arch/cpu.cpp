#include "arch/cpu.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace glissade {
namespace {

// Bit positions: Intel SDM volume 2A, CPUID; XCR0: volume 1, section 13.3.
constexpr uint32_t kLeaf1Fma = 1u << 12, kLeaf1Osxsave = 1u << 27, kLeaf1Avx = 1u << 28;
constexpr uint32_t kLeaf7Avx2 = 1u << 5;
constexpr uint32_t kLeaf7Avx512 = 1u << 16 | 1u << 17 | 1u << 28 | 1u << 30 | 1u << 31;  // F, DQ, CD, BW, VL
constexpr uint64_t kXcr0Avx = 0x06, kXcr0Avx512 = 0xe6;

bool has(uint64_t word, uint64_t bits) { return (word & bits) == bits; }

[[maybe_unused]] CpuReport readCpu() {
  CpuReport report;
#if defined(__x86_64__)
  uint32_t eax, ebx, ecx, edx;
  if (__get_cpuid(1, &eax, &ebx, &ecx, &edx)) report.leaf1Ecx = ecx;
  if (__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx)) report.leaf7Ebx = ebx;
  if (has(report.leaf1Ecx, kLeaf1Osxsave)) {
    uint32_t low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    report.xcr0 = uint64_t{high} << 32 | low;
  }
#endif
  return report;
}

}  // namespace

std::string_view nameOf(InstructionSet set) {
  switch (set) {
    case InstructionSet::avx2: return "avx2";
    case InstructionSet::avx512: return "avx512";
    case InstructionSet::neon: return "neon";
    default: return "baseline";
  }
}

std::vector<InstructionSet> instructionSetsFrom(const CpuReport& report) {
  std::vector<InstructionSet> sets{InstructionSet::baseline};
  if (!has(report.leaf1Ecx, kLeaf1Osxsave | kLeaf1Avx | kLeaf1Fma) || !has(report.leaf7Ebx, kLeaf7Avx2) ||
      !has(report.xcr0, kXcr0Avx))
    return sets;
  sets.push_back(InstructionSet::avx2);
  if (has(report.leaf7Ebx, kLeaf7Avx512) && has(report.xcr0, kXcr0Avx512)) sets.push_back(InstructionSet::avx512);
  return sets;
}

const std::vector<InstructionSet>& supportedInstructionSets() {
#if defined(__aarch64__)
  static const std::vector<InstructionSet> sets{InstructionSet::neon};  // part of the base architecture
#else
  static const std::vector<InstructionSet> sets = instructionSetsFrom(readCpu());
#endif
  return sets;
}

}  // namespace glissade
