#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "arch/kernels.h"
#include "matrix/buffer.h"
#include "optimizers/lazy_rows.h"
#include "optimizers/transform.h"
#include "parallel/team.h"

namespace glissade {

enum class Clipping { none, value, norm, columns, rows };

struct OptimizerOptions {
  std::vector<std::string> rules;  // of each group
  bool maximize = false;
  Clipping clipping = Clipping::none;
  double clippingEpsilon = 0;  // the least norm that a unit's parameters count as
  bool checksFinite = false;
  bool accumulates = false, averages = false, looksBack = false;
  Encoding state = Encoding::plain;
  bool scheduled = true;  // whether hyperparameters differ from step to step
};

/// What changes from step to step beside the hyperparameters of groups; the first numbers of a row.
struct StepSettings {
  double clip;           // the limit
  double averageWeight;  // of the new parameters in their average
  double slowWeight;     // of Lookahead, in steps that end with its slow weights
  double radius;         // of sharpness-aware minimisation
};

enum class NumberType { float32, float64, bfloat16, uint8, uint32 };

/// Where a part of the state lies in the slab that holds all of it.
struct StatePlace {
  std::string name;
  size_t array;  // whose it is, or kOfAll
  NumberType type;
  size_t offset, length;  // in bytes; in numbers

  static constexpr size_t kOfAll = ~size_t{0};
};

/// What an optimizer remembers beside the states of its rule.
struct Counters {
  double steps;        // that were taken
  double skipped;      // gradients that were not finite
  double accumulated;  // the weight of the gradients that wait for their step
  double gradientNorm;
};

/// Update rules over a list of arrays, with what wraps them. It owns no memory of parameters, gradients or states:
/// those are lent for each call, which all members of a team make together.
template <typename Real>
class Optimizer {
 public:
  struct Array {
    std::vector<size_t> shape;
    size_t group = 0;  // arrays of a group share their rule and its hyperparameters
    bool frozen = false;
    bool mayBeSparse = false;  // whether gradients may come for some of its rows only
  };

  struct Gradient {
    const void* data;  // of Real, or of bfloat16
    bool isBfloat16 = false;
    const std::vector<uint32_t>* rows = nullptr;  // which rows `data` is for; all, if there are none
  };

  /// A gradient and a parameter for each array, and a slab of stateBytes(), zero at first.
  struct Lent {
    const Gradient* gradients;
    Real* const* parameters;
    std::byte* state;
  };

  enum class Outcome { stepped, accumulated, notFinite };

  /// @throws Error ERR_INVALID_ARGUMENT where no rule has one of the names.
  Optimizer(OptimizerOptions options, std::vector<Array> arrays);

  const OptimizerOptions& options() const { return options_; }
  const std::vector<Array>& arrays() const { return arrays_; }
  size_t lengthOf(size_t array) const { return offsets_[array + 1] - offsets_[array]; }
  size_t size() const { return offsets_.back(); }
  const std::vector<StatePlace>& places() const { return places_; }
  size_t stateBytes() const { return stateBytes_; }
  bool takesSparse(size_t array) const { return lazy_[array] != nullptr; }
  bool looksAhead() const;
  bool hasEvaluation() const;

  /// How many numbers a step's row holds: its settings, then the hyperparameters of each group.
  size_t rowLength() const { return rowLength_; }

  /// What keeps rules from dividing by zero, among the numbers of a row; 1 where nothing is needed.
  double epsilon(const Kernels& kernels, const double* row) const;

  /// Takes in gradients of some weight (1, or the examples behind them), and updates the parameters where they are the
  /// last of a step.
  Outcome step(const Kernels& kernels, const Member& member, const double* row, double weight, bool isLast,
               const Lent& lent);

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

  /// Updates rows that no gradient has touched lately for the steps that they have missed.
  void catchUp(const Kernels& kernels, const Member& member, const double* row, const Lent& lent);

  /// The rows of steps that some rows of a matrix may still have to make up for, where rows differ from step to step:
  /// those after `start`, the last multiple of kLongestHistory. They are part of what is to be saved.
  const std::vector<double>& history() const { return history_; }
  void recall(int64_t start, std::vector<double> rows);
  static constexpr int64_t kLongestHistory = 4096;

  /// The largest size of a number among this member's share of the state.
  Real largestState(const Kernels& kernels, const Member& member, std::byte* state) const;

  Counters& counters(std::byte* state) const { return *reinterpret_cast<Counters*>(state + countersOffset_); }

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
    return ruleOf(kernels, groups_[arrays_[array].group]);
  }

  struct alignas(16) Scalars {
    unsigned char bytes[kScalarBytes];
  };

  /// A state of an array.
  struct Stored {
    Encoding encoding;
    bool isSigned, isElementwise;
    size_t offset, scales;
  };

  /// Elements of an array.
  struct Piece {
    size_t array, begin, end;
    size_t count() const { return end - begin; }
  };

  /// Where gradients are read: as they were lent, or summed up.
  enum class Source { lent, accumulated };

  void lay();
  size_t place(std::string name, size_t array, NumberType type, size_t length);
  template <typename Visit>
  void forEachPiece(const Member& member, Visit visit) const;
  template <typename Visit>
  void forEachBlock(const Member& member, Visit visit) const;

  void prepare(const Kernels& kernels, const Member& member, const double* row, std::byte* state);
  void finish(std::byte* state) const;
  void accumulate(const Kernels& kernels, const Member& member, Real weight, const Lent& lent) const;
  void findNorm(const Kernels& kernels, const Member& member, const Lent& lent, Source source);
  void findUnitFactors(const Kernels& kernels, const Member& member, const Lent& lent, Source source);
  void transform(const Kernels& kernels, const Member& member, const Lent& lent, Source source);
  void gatherSparse(const Kernels& kernels, const Member& member, const Lent& lent);
  void updateSparse(const Kernels& kernels, const Member& member, const Lent& lent);
  void catchUp(const Kernels& kernels, const Member& member, const Lent& lent, int64_t t, bool onlyDense);
  typename LazyRows<Real>::Memory memoryOf(size_t array, const Lent& lent) const;
  IdleSteps<Real>& idleSteps(const Kernels& kernels, const Member& member, size_t array);
  void measure(const Kernels& kernels, const Member& member, const Lent& lent, Source source);
  void update(const Kernels& kernels, const Member& member, const Lent& lent, Source source) const;
  void fetch(const Piece& block, const Lent& lent) const;
  template <typename Visit>
  void forEachBlockOf(size_t array, const Member& member, Visit visit) const;
  void updateBlock(const Kernels& kernels, const Piece& block, const Lent& lent, Source source) const;

  /// What a rule takes as gradient: scale · values.
  struct Scaled {
    const Real* values;
    Real scale;
  };

  bool isPlain(size_t array, const Lent& lent, Source source) const;
  const Real* rawGradient(const Kernels& kernels, const Piece& block, const Lent& lent, Source source,
                          Real* buffer) const;
  Scaled directionOf(const Kernels& kernels, const Piece& block, const Lent& lent, Source source, Real* buffer) const;
  Scaled gradientOf(const Kernels& kernels, const Piece& block, const Lent& lent, Source source, Real* buffer) const;
  template <typename Work>
  void withStates(const Kernels& kernels, const Piece& block, std::byte* state, bool writes, Work work) const;
  Real* extra(const std::vector<size_t>& offsets, const Piece& piece, std::byte* state) const {
    return reinterpret_cast<Real*>(state + offsets[piece.array]) + piece.begin;
  }
  using ReadPoint = decltype(Rule<Real>::lookahead);
  using PointOf = ReadPoint Rule<Real>::*;
  void readPoints(const Kernels& kernels, const Member& member, const double* row, const Lent& lent,
                  Real* const* points, PointOf pointOf);
  void copyFrozen(const Member& member, const Lent& lent, Real* const* points) const;
  static void* codesAt(const Stored& stored, const Piece& block, std::byte* state) {
    return state + stored.offset + block.begin * (stored.encoding == Encoding::bfloat16 ? 2 : 1);
  }
  static float* scalesAt(const Stored& stored, const Piece& block, std::byte* state) {
    return reinterpret_cast<float*>(state + stored.scales) + block.begin / kScaleBlock;
  }
  size_t units(size_t array) const;
  const void* scalarsOf(size_t array) const {
    return perArray_ ? scalars_[array].bytes : groupScalars_[arrays_[array].group].bytes;
  }
  void conclude(const Kernels& kernels);
  size_t firstBlock(const Piece& piece) const { return blocks_[piece.array] + piece.begin / kBlock; }

  // Work is shared in blocks of an array. The buffers of one fit the first-level cache.
  static constexpr size_t kBlock = 1024;
  static_assert(kBlock % kScaleBlock == 0);
  static constexpr size_t kSettings = sizeof(StepSettings) / sizeof(double);

  OptimizerOptions options_;
  std::vector<Group> groups_;
  size_t rowLength_ = kSettings;
  bool perArray_ = false;  // whether arrays of a group differ in their scalars
  std::vector<Array> arrays_;
  std::vector<size_t> offsets_;  // where each array starts in the long one; last, where it ends
  std::vector<size_t> blocks_;   // the same in blocks

  std::vector<StatePlace> places_;
  size_t stateBytes_ = 0;
  std::vector<std::vector<Stored>> stored_;  // by array
  std::vector<size_t> average_, slow_, accumulated_;
  size_t totalsOffset_ = 0, countersOffset_ = 0;

  // Of the step under way.
  StepSettings settings_{};
  int64_t t_ = 0;
  std::vector<Scalars> groupScalars_, scalars_;                      // of each group; of each array, where these differ
  std::vector<double> totals_;                                       // as they will be after it
  std::vector<std::array<double, kMaxSums>> sums_;                   // by block
  std::vector<std::unique_ptr<LazyRows<Real>>> lazy_;                // by array, where gradients may be sparse
  std::vector<size_t> tables_;                                       // where the tables of their rows lie
  std::vector<std::vector<std::unique_ptr<IdleSteps<Real>>>> idle_;  // by member and group
  std::vector<double> history_;  // the rows since step historyStart_, where they differ
  int64_t historyStart_ = 0;
  const double* row_ = nullptr;
  std::vector<std::unique_ptr<MatrixTransform<Real>>> transforms_;  // by group, where its rule transforms
  std::vector<Buffer<Real>> directions_;                            // by array, where its rule transforms
  std::vector<size_t> unitOffsets_;
  std::vector<Real> unitFactors_;
  double norm_ = 0;
  Real scale_ = 1;  // of the gradients
};

}  // namespace glissade
