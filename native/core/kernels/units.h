// The functions that units export, one for each instruction set: each fills its unit's part of the kernel table.
//
// Everything else of a unit, templates from headers included, is in unnamed namespaces, so that no two units share a
// symbol: the linker would keep one copy for all instruction sets. test/native/units/symbols.cpp reads the symbol
// tables.
#pragma once

namespace glissade {

struct Kernels;

void exactBaseline(Kernels& kernels);
void fusedBaseline(Kernels& kernels);
void layersBaseline(Kernels& kernels);
void regressionBaseline(Kernels& kernels);
void exactAvx2(Kernels& kernels);
void fusedAvx2(Kernels& kernels);
void layersAvx2(Kernels& kernels);
void regressionAvx2(Kernels& kernels);
void exactAvx512(Kernels& kernels);
void fusedAvx512(Kernels& kernels);
void layersAvx512(Kernels& kernels);
void regressionAvx512(Kernels& kernels);
void bfloat16Avx512bf16(Kernels& kernels);
void bfloat16Amx(Kernels& kernels);
void exactNeon(Kernels& kernels);
void fusedNeon(Kernels& kernels);
void layersNeon(Kernels& kernels);
void regressionNeon(Kernels& kernels);
void exactSimd128(Kernels& kernels);
void fusedSimd128(Kernels& kernels);
void layersSimd128(Kernels& kernels);
void regressionSimd128(Kernels& kernels);

}  // namespace glissade
