// Affine maps as parts of layers: several of them over the same inputs.
#include "layers/affine.h"

#include <doctest/doctest.h>

#include "kernels/layer_kernels.h"
#include "layers/checks.h"
#include "layers/rows.h"
#include "matrix/team_algebra.h"

namespace glissade {
namespace {

template <typename Real>
struct TwoMapsMemory : LayerMemory<Real> {
  AffineMemory<Real> affine[2];
  Matrix<Real> first;
  Buffer<std::byte> numbers;  // its memory
};

/// y = (x·W₀ + b) ⊙ 2 + x·W₁ at each position. The gradient of x is a sum of two products.
template <typename Real>
class TwoMaps : public LayerWith<Real, TwoMapsMemory<Real>> {
 public:
  TwoMaps(const Shape& shape, size_t outputs)
      : shape_(shape),
        outputs_(outputs),
        maps_{{shape, outputs, true}, {shape, outputs, false, 1, (shape.channels + 1) * outputs}} {}

  Shape outputs() const override { return {shape_.height, shape_.width, outputs_}; }
  bool readsOnes() const override { return true; }
  std::vector<Tensor> tensors() const override {
    const size_t inputs = shape_.channels;
    return {{"first", {inputs, outputs_}, true}, {"bias", {outputs_}, false}, {"second", {inputs, outputs_}, true}};
  }
  std::vector<ParameterMatrix> matrices() const override { return {maps_[0].matrix(), maps_[1].matrix()}; }
  std::unique_ptr<LayerMemory<Real>> allocate(const Room<Real>& room) const override {
    auto memory = std::make_unique<TwoMapsMemory<Real>>();
    for (int k = 0; k < 2; ++k) maps_[k].allocate(room, memory->affine[k]);
    memory->numbers = laidOut([&](Arena& arena) {
      memory->first = {arena, room.panelWidth(), room.rows * shape_.positions(), outputs_, room.tangents};
    });
    return memory;
  }
  bool computesIn(Precision) const override { return true; }
  void divide(size_t members, const Kernels& kernels, LayerMemory<Real>& memory) const override {
    if (!memory.delta.data.values || memory.delta.data.tangents) return;
    for (int k = 0; k < 2; ++k)
      maps_[k].divide({members, memory.rows, !memory.inputGradients[0].isWanted}, kernels, memory.matrices[k],
                      own(memory).affine[k]);
  }
  void refresh(const Kernels& kernels, LayerMemory<Real>& memory, const MatrixRows& block,
               const Real* parameters) const override {
    maps_[block.matrix].refresh(kernels, block.rows, parameters, own(memory).affine[block.matrix]);
  }
  void forward(const Pass<Real>& pass) const override {
    TwoMapsMemory<Real>& memory = own(pass);
    maps_[0].forward(pass, memory.inputs[0], memory.first.numbers, {}, memory.affine[0]);
    maps_[1].forward(pass, memory.inputs[0], pass.output, {}, memory.affine[1]);
    pass.member.barrier();
    const Range rows = rowsOf(pass.share, shape_);
    for (int twice = 0; twice < 2; ++twice)
      linearly(constant(memory.first.numbers), pass.output,
               [&](const Panels<const Real>& from, const Panels<Real>& to) {
                 pass.layerKernels().addColumns({from, 0, to, 0, outputs_, rows.begin, rows.end});
               });
  }
  void backward(const Pass<Real>& pass) const override {
    TwoMapsMemory<Real>& memory = own(pass);
    const TeamAlgebra<Real> algebra(pass.kernels, pass.member);
    algebra.blend(2, Matrix<const Real>(memory.first.rows, outputs_, constant(memory.delta)), 0, memory.first);
    const InputGradient<Real>& inputGradient = memory.inputGradients[0];
    maps_[0].backward(pass, constant(memory.first.numbers), inputGradient.part(0, 2), memory.affine[0]);
    maps_[1].backward(pass, constant(memory.delta), inputGradient.part(1, 2), memory.affine[1]);
  }
  void parameterGradient(const Pass<Real>& pass, const MatrixRows& block, const Track<Real>& gradient) const override {
    const TwoMapsMemory<Real>& memory = own(pass);
    const Flow<const Real> delta = constant(block.matrix == 0 ? memory.first.numbers : memory.delta);
    maps_[block.matrix].gradient(pass, memory.inputs[0], delta, block.rows, gradient, memory.affine[block.matrix]);
  }

 private:
  using LayerWith<Real, TwoMapsMemory<Real>>::own;

  Shape shape_;
  size_t outputs_;
  Affine<Real> maps_[2];
};

template <typename Real>
Setting<Real> settingOf(const Shape& shape, size_t outputs, size_t count) {
  return {std::make_shared<const TwoMaps<Real>>(shape, outputs), {shape}, count};
}

TEST_SUITE_BEGIN("layers");

TEST_CASE_TEMPLATE("a layer of two affine maps has equal bits in teams of any size", Real, float, double) {
  for (const Shape& shape : {Shape{1, 1, 70}, Shape{5, 1, 35}, Shape{1, 1, 700}})
    checkTeams(settingOf<Real>(shape, 19, 6), Mode::training);
}

TEST_CASE("a layer of two affine maps computes in bfloat16") {
  checkBfloat16(settingOf<float>({1, 1, 70}, 19, 6), 0.01);
  checkBfloat16(settingOf<float>({5, 1, 36}, 40, 4), 0.01);
}

TEST_CASE("tangents of a layer of two affine maps are derivatives, and backward is their transpose") {
  checkTangents(settingOf<double>({3, 2, 17}, 35, 4), Mode::training);
  checkTranspose(settingOf<double>({3, 2, 17}, 35, 4), Mode::training);
}

TEST_CASE_TEMPLATE("a layer of two affine maps sends back the gradient of its sum through the activation before it",
                   Real, float, double) {
  checkMakers(settingOf<Real>({4, 1, 35}, 9, 3));
}

TEST_SUITE_END();

}  // namespace
}  // namespace glissade
