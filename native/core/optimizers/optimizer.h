#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kernels/kernels.h"
#include "matrix/buffer.h"
#include "optimizers/gradients.h"
#include "optimizers/options.h"
#include "optimizers/parameters.h"
#include "optimizers/rule.h"
#include "optimizers/sparse_updates.h"
#include "optimizers/state_layout.h"
#include "optimizers/transform.h"
#include "parallel/team.h"

namespace glissade {

/// Update rules over a list of arrays, with what wraps them. It owns no memory of parameters, gradients or states:
/// those are lent for each call, which all members of a team make together.
template <typename Real>
class Optimizer {
 public:
  /// A gradient and a parameter for each array, and a slab of state().bytes(), zero at first.
  struct Lent {
    const Gradient* gradients;
    Real* const* parameters;
    std::byte* state;
  };

  enum class Outcome { stepped, accumulated, notFinite };

  /// @throws Error ERR_INVALID_ARGUMENT where no rule has one of the names.
  Optimizer(OptimizerOptions options, std::vector<Parameter> parameters);

  const OptimizerOptions& options() const { return options_; }
  const Parameters& parameters() const { return *parameters_; }
  const StateLayout<Real>& state() const { return state_; }
  bool takesSparse(size_t array) const { return sparse_.takes(array); }
  bool looksAhead() const;
  bool hasEvaluation() const;

  /// How many numbers a step's row holds: its settings, then the hyperparameters of each group.
  size_t rowLength() const { return rowLength_; }

  /// What keeps rules from dividing by zero, among the numbers of a row; 1 where nothing is needed.
  double epsilon(const Kernels& kernels, const double* row) const;

  /// Makes room for the next step, before a team enters it: its sparse gradients, or gradients of at most so many rows
  /// of each matrix.
  /// @throws std::bad_alloc, with nothing changed.
  void reserve(const Gradient* gradients) { sparse_.reserve(gradients); }
  void reserve(size_t rows) { sparse_.reserve(rows); }

  /// About how many updates of an element a step with such gradients takes.
  size_t workOf(const Gradient* gradients) const;

  /// Takes in gradients of some weight (1, or that of the examples behind them), and updates the parameters where they
  /// are the last of a step. A call of `reserve` has made room, and a barrier parts one step from the next.
  Outcome step(const Kernels& kernels, const Member& member, const double* row, double weight, bool isLast,
               const Lent& lent);

  /// Whether a part of the parameters can be updated from its own gradients alone, before others are found.
  bool updatesByPieces() const;

  /// A step by pieces: `beginPieces` by all members, and a barrier; `updatePieces` for ranges of the parameters as one
  /// long array, each from gradients of its own, until all are done; after a barrier, `endPieces` by one member.
  void beginPieces(const Kernels& kernels, const Member& member, const double* row, const Lent& lent);
  void updatePieces(const Kernels& kernels, const Range& share, const Real* gradient, const Lent& lent) const;
  void endPieces(const Lent& lent) const;

  /// Writes the points where the gradient of the next step is to be taken.
  void lookahead(const Kernels& kernels, const Member& member, const double* row, const Lent& lent,
                 Real* const* points);

  /// Writes the worst points within the radius of sharpness-aware minimisation (Foret et al. 2021, arXiv:2010.01412,
  /// equation 2), seen from where the gradients were taken.
  void worstPoint(const Kernels& kernels, const Member& member, const double* row, const Lent& lent,
                  Real* const* points);

  /// Writes the points where the model is to be evaluated: an average, or what the rule says.
  void evaluation(const Kernels& kernels, const Member& member, const double* row, const Lent& lent,
                  Real* const* points);

  using Walk = typename SparseUpdates<Real>::Walk;

  /// Lets some more rows, which no gradient has touched lately, make up for the steps that they have missed, in about
  /// a millisecond at most. Tells all members whether any are left.
  bool catchUp(const Kernels& kernels, const Member& member, const Lent& lent, Walk& walk);

  /// Writes what some more rows would be then to copies of the parameters; nothing else changes.
  bool foresee(const Kernels& kernels, const Member& member, const Lent& lent, Walk& walk, Real* const* copies);

  /// Lets some rows of one array, which a gradient is about to touch, make up for the steps that they have missed; each
  /// is worked on by one member.
  void catchUpRows(const Kernels& kernels, const Member& member, size_t array, const std::vector<uint32_t>& rows,
                   const Lent& lent);

  /// Whether any parameter lags behind the steps that were taken. (States of rows without a step may do so where none
  /// does.)
  bool lags(const Kernels& kernels, const Lent& lent) const;

  /// Whether a step is no more than each rule's update from its own gradient, and of states as they are.
  bool updatesPlainly() const;

  /// How an array is updated then: its rule, where its hyperparameters begin in a row, and where its states are.
  struct Place {
    const Rule<Real>* rule;
    size_t row;
    Real* states[kMaxStates];
  };
  Place placeOf(const Kernels& kernels, size_t array, std::byte* state) const;

  /// Whether rows without a gradient stay where they are, in a step with this row as in all before.
  bool leavesUntouched(const Kernels& kernels, const double* row, std::byte* state) const;

  /// Whether steps with this row let rows without a gradient grow without bound.
  bool letsGrow(const Kernels& kernels, const double* row) const { return sparse_.grows(kernels, row); }

  /// After so many steps were taken otherwise, the last one with this row, while rows without a gradient rested.
  void endOtherSteps(const Kernels& kernels, int64_t count, const double* row, const Lent& lent);

  /// Goes on from a state that was filled elsewhere.
  void recall(const Kernels& kernels, std::byte* state);
  /// What is wrong with such a state, as a sentence; empty where nothing is.
  std::string faultOf(const Kernels& kernels, std::byte* state) const;

  /// The largest size of a number among this member's share of the state, or of the gradients that wait for their step.
  Real largestState(const Kernels& kernels, const Member& member, std::byte* state) const;
  Real largestSum(const Kernels& kernels, const Member& member, std::byte* state) const;

 private:
  /// Arrays that share their rule and its hyperparameters.
  struct Group {
    int rule;            // among a table's
    size_t row, totals;  // where its numbers begin: in a row, among totals
  };

  const Rule<Real>& ruleOf(const Kernels& kernels, const Group& group) const {
    return kernels.of<Real>().rules[group.rule];
  }
  const Rule<Real>& ruleOf(const Kernels& kernels, size_t array) const {
    return ruleOf(kernels, groups_[parameter(array).group]);
  }

  struct alignas(16) Scalars {
    unsigned char bytes[kScalarBytes];
  };

  static std::vector<Group> groupsOf(const OptimizerOptions& options);
  std::vector<typename SparseUpdates<Real>::Group> sparseGroups() const;
  StateLayout<Real> layOut() const;
  const Parameter& parameter(size_t array) const { return (*parameters_)[array]; }
  size_t lengthOf(size_t array) const { return parameters_->lengthOf(array); }

  void prepare(const Kernels& kernels, const double* row, std::byte* state);
  void prepareStep(const Kernels& kernels, const double* row, std::optional<double> norm, const Lent& lent);
  void finish(std::byte* state) const;
  void accumulate(const Kernels& kernels, const Member& member, Real weight, const Lent& lent);
  void start(const Kernels& kernels, const Member& member, const Lent& lent) const;
  void transform(const Kernels& kernels, const Member& member, const Lent& lent);
  void gatherSparse(const Member& member, const Lent& lent);
  bool hasSparse(const Lent& lent) const;
  void updateSparse(const Kernels& kernels, const Member& member, const Lent& lent);
  typename SparseUpdates<Real>::Lent lentTo(const Kernels& kernels, const Lent& lent) const {
    return {kernels, state_, lent.parameters, lent.state};
  }
  int64_t stepsOf(std::byte* state) const { return static_cast<int64_t>(state_.counters(state).steps); }
  void measure(const Kernels& kernels, const Member& member, const Lent& lent);
  void update(const Kernels& kernels, const Member& member, const Lent& lent) const;
  void updatePiece(const Kernels& kernels, const Piece& piece, const Gradient& gradient, const Lent& lent) const;
  void fetch(const Piece& block, const Gradient& gradient, const Lent& lent) const;
  void updateBlock(const Kernels& kernels, const Piece& block, const Gradient& raw, const Lent& lent) const;

  bool isPlain(size_t array, const Gradient& gradient) const;
  Scaled<Real> directionOf(const Kernels& kernels, const Piece& block, const Gradient& raw, Real* buffer) const;
  using ReadPoint = decltype(Rule<Real>::lookahead);
  using PointOf = ReadPoint Rule<Real>::*;
  void readPoints(const Kernels& kernels, const Member& member, const double* row, const Lent& lent,
                  Real* const* points, PointOf pointOf);
  void copyFrozen(const Member& member, const Lent& lent, Real* const* points) const;
  const void* scalarsOf(size_t array) const {
    return perArray_ ? scalars_[array].bytes : groupScalars_[parameter(array).group].bytes;
  }
  void conclude(const Kernels& kernels);

  static constexpr size_t kBlock = Parameters::kBlock;
  static constexpr size_t kSettings = sizeof(StepSettings) / sizeof(double);

  OptimizerOptions options_;
  std::vector<Group> groups_;
  size_t rowLength_ = kSettings;
  bool perArray_ = false;  // whether arrays of a group differ in their scalars
  std::shared_ptr<const Parameters> parameters_;
  SparseUpdates<Real> sparse_;
  StateLayout<Real> state_;
  GradientClip<Real> clip_;
  Orthogonalization<Real> orthogonalization_;

  // Of the step under way.
  StepSettings settings_{};
  int64_t t_ = 0;
  std::vector<Scalars> groupScalars_, scalars_;                     // of each group; of each array, where these differ
  std::vector<double> totals_;                                      // as they will be after it
  std::vector<Gradient> accumulated_;                               // by array
  std::vector<Buffer<Real>> directions_;                            // by array, where it is made orthogonal
  std::vector<std::unique_ptr<FactoredVariance<Real>>> variances_;  // by array, where it is factored
  std::vector<std::unique_ptr<RowScales<Real>>> rowScales_;         // by array, where there is one for each row
  std::vector<std::array<double, kMaxSums>> sums_;                  // by block
};

}  // namespace glissade
