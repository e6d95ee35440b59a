#include "layers/hierarchical_softmax.h"

#include <algorithm>
#include <string>
#include <utility>

#include "error.h"
#include "kernels/layer_kernels.h"
#include "layers/rows.h"

namespace glissade {
namespace {

constexpr double kCertain = 1e4;  // a score with which σ(−score) is 0

}  // namespace

ClassTree::ClassTree(std::vector<uint32_t> nodes) : children(std::move(nodes)) {
  const size_t count = decisions();
  if (children.empty() || children.size() % 2 != 0)
    throw Error("ERR_INVALID_ARGUMENT", "the tree has " + std::to_string(children.size()) + " children");
  std::vector<size_t> parents(count + classes(), SIZE_MAX);  // places in `children`
  for (size_t i = 0; i < children.size(); ++i) {
    const size_t child = children[i];
    if (child >= parents.size() || child <= i / 2 || parents[child] != SIZE_MAX)
      throw Error("ERR_INVALID_ARGUMENT",
                  "children[" + std::to_string(i) + "] is " + std::to_string(child) + ", which makes no tree");
    parents[child] = i;
  }
  begins.push_back(0);
  for (size_t c = 0; c < classes(); ++c) {
    for (size_t node = count + c; node != 0; node = parents[node] / 2)
      steps.push_back({static_cast<uint32_t>(parents[node] / 2), parents[node] % 2 == 0});
    std::reverse(steps.begin() + static_cast<ptrdiff_t>(begins.back()), steps.end());
    longest = std::max(longest, steps.size() - begins.back());
    begins.push_back(steps.size());
  }
}

template <typename Real>
void HierarchicalSoftmax<Real>::choose(const Member& member, const ClassTargets<Real>& targets,
                                       LayerMemory<Real>& memory) const {
  ClassScoresMemory<Real>& m = own(memory);
  for (size_t i = targets.share.begin; i < targets.share.end; ++i) {
    const size_t label = this->classOf(targets.classes[i], tree_.classes());
    const size_t begin = tree_.begins[label], count = tree_.begins[label + 1] - begin, row = i * tree_.longest;
    m.counts[i] = static_cast<uint32_t>(count);
    for (size_t k = 0; k < tree_.longest; ++k) {
      m.chosen[row + k] = k < count ? tree_.steps[begin + k].decision : 0;
      m.targets[row + k] = k >= count || tree_.steps[begin + k].first ? Real(1) : Real(0);
    }
  }
  if (member.isFirst()) memory.chosenTargets = m.targets.data();
}

template <typename Real>
size_t HierarchicalSoftmax<Real>::scratchSize(const Room<Real>& room) const {
  Arena counting;
  counting.takeTrack<Real>(3 * this->scores_, room.tangents);
  return counting.used();
}

template <typename Real>
TreeRows<Real> HierarchicalSoftmax<Real>::treeRows(const Pass<Real>& pass) const {
  const ClassScoresMemory<Real>& memory = own(pass);
  const Range rows = rowsOf(pass.worker().share(pass.count), this->shape_);
  TreeRows<Real> p{};
  p.children = tree_.children.data();
  p.decisions = this->scores_;
  p.scores = constant(memory.scores);
  p.scoreGradient = memory.scoreGradient;
  Arena arena(*pass.scratch);
  const Tangents tangents = memory.scores.data.tangents ? Tangents::alongside : Tangents::none;
  p.scratch = arena.takeTrack<Real>(3 * this->scores_, tangents);
  p.begin = rows.begin;
  p.end = rows.end;
  return p;
}

template <typename Real>
void HierarchicalSoftmax<Real>::forward(const Pass<Real>& pass) const {
  if (pass.memory.chosenTargets) {
    this->keepInputs(pass);
    ChosenRows<Real> p = this->chosenRows(pass);
    p.beyond = static_cast<Real>(kCertain);
    return pass.layerKernels().chosenScores(p);
  }
  this->forwardAll(pass, own(pass).scores);
  pass.member.barrier();
  if (!pass.works()) return;
  TreeRows<Real> p = treeRows(pass);
  p.output = pass.output;
  pass.layerKernels().tree(p);
}

template <typename Real>
void HierarchicalSoftmax<Real>::backward(const Pass<Real>& pass) const {
  if (pass.memory.chosenTargets) {
    this->keepCoefficients(pass, 0, tree_.longest);
    if (!pass.memory.inputGradients[0].isWanted) return;
    pass.layerKernels().chosenInputGradient(this->chosenRows(pass));
    return finish(pass, pass.memory.inputGradients[0], this->shape_.channels, this->rowsOfShare(pass));
  }
  if (pass.works()) {
    TreeRows<Real> p = treeRows(pass);
    p.delta = constant(pass.memory.delta);
    pass.layerKernels().treeBackward(p);
  }
  pass.member.barrier();
  this->backwardAll(pass, constant(own(pass).scoreGradient));
}

template class HierarchicalSoftmax<float>;
template class HierarchicalSoftmax<double>;

}  // namespace glissade
