#include "arch/cpu.h"

#include <doctest/doctest.h>

namespace glissade {
namespace {

using Sets = std::vector<InstructionSet>;

const Sets onlyBaseline{InstructionSet::baseline};
const Sets upToAvx2{InstructionSet::baseline, InstructionSet::avx2};
const Sets upToAvx512{InstructionSet::baseline, InstructionSet::avx2, InstructionSet::avx512};
const Sets upToAvx512bf16{InstructionSet::baseline, InstructionSet::avx2, InstructionSet::avx512,
                          InstructionSet::avx512bf16};
const Sets upToAmx{InstructionSet::baseline, InstructionSet::avx2, InstructionSet::avx512, InstructionSet::avx512bf16,
                   InstructionSet::amx};

// Intel SDM volume 2A, CPUID, and volume 1, section 13.3.
constexpr uint32_t fma = 1u << 12, osxsave = 1u << 27, avx = 1u << 28;
constexpr uint32_t avx2 = 1u << 5;
constexpr uint32_t avx512f = 1u << 16, avx512dq = 1u << 17, avx512cd = 1u << 28, avx512bw = 1u << 30,
                   avx512vl = 1u << 31;
constexpr uint32_t avx512bf16 = 1u << 5, amxBf16 = 1u << 22, amxTile = 1u << 24;
constexpr uint64_t tileConfiguration = 1 << 17, tileData = 1 << 18;
constexpr uint64_t x87 = 1, xmm = 2, ymm = 4, masks = 1 << 5, zmmHigh256 = 1 << 6, zmm16to31 = 1 << 7;

/// A CPU with all features, under an operating system that saves all registers.
CpuReport complete() {
  CpuReport report;
  report.leaf1Ecx = fma | osxsave | avx;
  report.leaf7Ebx = avx2 | avx512f | avx512dq | avx512cd | avx512bw | avx512vl;
  report.leaf7Edx = amxBf16 | amxTile;
  report.leaf7Sub1Eax = avx512bf16;
  report.xcr0 = x87 | xmm | ymm | masks | zmmHigh256 | zmm16to31 | tileConfiguration | tileData;
  report.mayUseTiles = true;
  return report;
}

TEST_SUITE_BEGIN("arch");

TEST_CASE("a complete report offers every x86-64 set, weakest first") {
  CHECK(instructionSetsFrom(complete()) == upToAmx);
}

TEST_CASE("a CPU that reports nothing has the baseline") { CHECK(instructionSetsFrom(CpuReport{}) == onlyBaseline); }

TEST_CASE("AVX2 needs FMA, AVX, AVX2 and an operating system that uses XSAVE") {
  for (const uint32_t missing : {fma, avx, osxsave}) {
    CAPTURE(missing);
    CpuReport report = complete();
    report.leaf1Ecx &= ~missing;
    CHECK(instructionSetsFrom(report) == onlyBaseline);
  }
  CpuReport report = complete();
  report.leaf7Ebx &= ~avx2;
  CHECK(instructionSetsFrom(report) == onlyBaseline);
}

TEST_CASE("AVX2 needs an operating system that saves xmm and ymm") {
  for (const uint64_t missing : {xmm, ymm}) {
    CAPTURE(missing);
    CpuReport report = complete();
    report.xcr0 &= ~missing;
    CHECK(instructionSetsFrom(report) == onlyBaseline);
  }
}

TEST_CASE("AVX-512 needs all of F, DQ, CD, BW and VL") {
  for (const uint32_t missing : {avx512f, avx512dq, avx512cd, avx512bw, avx512vl}) {
    CAPTURE(missing);
    CpuReport report = complete();
    report.leaf7Ebx &= ~missing;
    CHECK(instructionSetsFrom(report) == upToAvx2);
  }
}

TEST_CASE("AVX-512 needs an operating system that saves the masks and all of zmm") {
  for (const uint64_t missing : {masks, zmmHigh256, zmm16to31}) {
    CAPTURE(missing);
    CpuReport report = complete();
    report.xcr0 &= ~missing;
    CHECK(instructionSetsFrom(report) == upToAvx2);
  }
}

TEST_CASE("AVX512-BF16 is a separate feature") {
  CpuReport report = complete();
  report.leaf7Sub1Eax = 0;
  CHECK(instructionSetsFrom(report) == upToAvx512);
}

TEST_CASE("AMX needs tiles, bfloat16, and an operating system that saves tiles and has granted permission") {
  for (const uint32_t missing : {amxBf16, amxTile}) {
    CAPTURE(missing);
    CpuReport report = complete();
    report.leaf7Edx &= ~missing;
    CHECK(instructionSetsFrom(report) == upToAvx512bf16);
  }
  for (const uint64_t missing : {tileConfiguration, tileData}) {
    CAPTURE(missing);
    CpuReport report = complete();
    report.xcr0 &= ~missing;
    CHECK(instructionSetsFrom(report) == upToAvx512bf16);
  }
  CpuReport report = complete();
  report.mayUseTiles = false;
  CHECK(instructionSetsFrom(report) == upToAvx512bf16);
}

TEST_CASE("this machine has at least one set") {
#if defined(__aarch64__)
  CHECK(supportedInstructionSets() == Sets{InstructionSet::neon});
#else
  CHECK(supportedInstructionSets().front() == InstructionSet::baseline);
#endif
}

TEST_CASE("names of instruction sets") {
  CHECK(nameOf(InstructionSet::baseline) == "baseline");
  CHECK(nameOf(InstructionSet::avx2) == "avx2");
  CHECK(nameOf(InstructionSet::avx512) == "avx512");
  CHECK(nameOf(InstructionSet::neon) == "neon");
}

TEST_SUITE_END();

}  // namespace
}  // namespace glissade
