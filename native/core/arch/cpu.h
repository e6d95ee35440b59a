#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace glissade {

/// The instruction sets that have a kernel table, those of x86-64 weakest first. kernels/kernels.cpp chooses one.
enum class InstructionSet { baseline, avx2, avx512, avx512bf16, amx, neon, simd128 };

#if !defined(GLISSADE_STRONGEST)
#define GLISSADE_STRONGEST amx
#endif
/// The strongest instruction set of x86-64 that this build has code for. native/sources.json names it for the systems
/// where the stronger ones can't be used.
inline constexpr InstructionSet kStrongest = InstructionSet::GLISSADE_STRONGEST;

std::string_view nameOf(InstructionSet set);

/// The answers of CPUID and XGETBV as a plain value, so the choice can be tested for any CPU.
struct CpuReport {
  uint32_t leaf1Ecx = 0;
  uint32_t leaf7Ebx = 0, leaf7Edx = 0;
  uint32_t leaf7Sub1Eax = 0;
  uint64_t xcr0 = 0;         // the register files that the operating system saves at a context switch
  bool mayUseTiles = false;  // whether the operating system grants AMX's tile registers
};

/// The instruction sets that both the CPU and the operating system allow, weakest first.
std::vector<InstructionSet> instructionSetsFrom(const CpuReport& report);

/// The instruction sets that this machine supports and this build has code for, weakest first.
const std::vector<InstructionSet>& supportedInstructionSets();

}  // namespace glissade
