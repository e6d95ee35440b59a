#pragma once

#include <vector>

#include "layers/class_scores.h"

namespace glissade {

/// A binary tree whose leaves are classes. Decision n has children[2n] and children[2n + 1]: a later decision, or class
/// c as decisions + c. Decision 0 is the root.
struct ClassTree {
  /// A step of the path from the root to a class: a decision, and whether the path takes its first child.
  struct Step {
    uint32_t decision;
    bool first;
  };

  /// @throws Error ERR_INVALID_ARGUMENT unless each decision but the root, and each class, is one child of an earlier
  /// decision.
  explicit ClassTree(std::vector<uint32_t> children);

  size_t classes() const { return children.size() / 2 + 1; }
  size_t decisions() const { return children.size() / 2; }

  std::vector<uint32_t> children;
  std::vector<size_t> begins;  // the path of class c has the steps [begins[c], begins[c + 1])
  std::vector<Step> steps;
  size_t longest = 0;  // path
};

/// log p of each class, where p(c) = Π σ(±(w·x + b)) over the decisions on the path to c (Morin & Bengio 2005).
/// Probabilities sum to 1, so crossEntropy reads these logarithms as logits. In training on classes it computes only
/// the decisions on the path of each row's class.
template <typename Real>
class HierarchicalSoftmax : public ClassScores<Real> {
 public:
  HierarchicalSoftmax(const Shape& inputs, ClassTree tree)
      : ClassScores<Real>(inputs, tree.decisions()), tree_(std::move(tree)) {}

  Shape outputs() const override { return {this->shape_.height, this->shape_.width, tree_.classes()}; }
  size_t scratchSize(const Room<Real>& room) const override;
  Choice choice() const override { return Choice::decisions; }
  size_t chosenColumns() const override { return tree_.longest; }
  void choose(const Member& member, const ClassTargets<Real>& targets, LayerMemory<Real>& memory) const override;
  void forward(const Pass<Real>& pass) const override;
  void backward(const Pass<Real>& pass) const override;

 protected:
  bool outputsScores() const override { return false; }
  size_t chosenByRow() const override { return tree_.longest; }

 private:
  using ClassScores<Real>::own;
  TreeRows<Real> treeRows(const Pass<Real>& pass) const;

  ClassTree tree_;
};

}  // namespace glissade
