#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "data/dataset.h"
#include "models/network.h"
#include "optimizers/optimizer.h"
#include "training/linear_steps.h"
#include "training/minibatch.h"

namespace glissade {

/// How a tensor is trained: with the hyperparameters of a group, or not at all.
struct TensorTreatment {
  size_t group;
  bool frozen;
  bool mayBeSparse = false;  // whether its rows may be updated when they are touched, if it is sparse
};

struct TrainerOptions {
  Scoring scoring;
  OptimizerOptions optimizer;
  std::vector<TensorTreatment> tensors;  // of the network, in turn
  bool sharpens = false;                 // takes gradients at the worst point nearby
  bool skipsNonFinite = false;
  size_t accumulate = 1;  // minibatches to a step
  Precision precision = Precision::full;
  bool goesOn = false;  // after a pause
  uint64_t seed = 0;    // of the random numbers of layers
};

/// Rows of a table that make a minibatch.
struct Examples {
  const Dataset* data;
  const uint32_t* rows;
  size_t count;
  bool endSteps;  // whether a step must follow, however many minibatches wait for it
};

/// A network in training: its rule's state, and all that a step needs. The slab of parameters must outlive it.
template <typename Real>
class Trainer {
 public:
  Trainer(std::shared_ptr<const Network<Real>> network, Real* parameters, TrainerOptions options);

  const Network<Real>& network() const { return *network_; }
  const Kernels& kernels() const { return kernels_; }
  const TrainerOptions& options() const { return options_; }
  const Optimizer<Real>& optimizer() const { return optimizer_; }
  Real* parameters() const { return parameters_; }
  bool isFinite(const Real* parameters) const;

  /// Makes room for minibatches of so many rows.
  void reserve(size_t rows);
  /// Lets so many members of a team work on them.
  void employ(size_t members) { minibatch_->employ(members); }

  /// Readies the next step, with its row of the optimizer's numbers. One member calls this, and a barrier follows.
  void prepare(const Member& member, const Examples& examples, const double* row);

  /// What came of a minibatch. Where it failed, nothing has changed, and `failure` says what was not finite.
  enum class Outcome { stepped, waits, skipped, failed };

  /// All members call this together.
  Outcome step(const Member& member);

  /// Takes note of a minibatch that has not failed. One member calls this once `step` has returned to it, before a
  /// barrier. Tells whether that was a step.
  bool conclude();

  /// Whether steps on single examples can be taken one after another, by `stepSingly`, with this row of numbers.
  bool stepsSingly(const double* row);
  /// Whether several members may take such steps at a time: each touches few rows of a sparse matrix.
  bool runsWild() const { return linear_ && linear_->isSparse(); }

  /// Takes steps on examples in turn, up to one that `step` is to take, and adds to the tally. Returns how many.
  /// Several members may do so, each for examples of its own; then they write over each other's steps now and then. The
  /// first step of all is to be taken alone.
  void beginSingly(const Singles& examples, size_t members);
  size_t stepSingly(size_t member, const Singles& examples, int64_t first, Tally& tally) {
    return linear_->take(member, examples, first, tally);
  }
  void endSingly(const Singles& examples, int64_t count);

  /// Of the minibatch: its loss, whether it was skipped, and why.
  const Tally& tally() const { return tally_; }
  bool skips() const { return skips_; }
  const char* failure() const { return failure_; }
  const char* failureCode() const { return failureCode_; }

  /// Since the beginning: steps, and minibatches that were left out.
  int64_t steps() const { return steps_; }
  int64_t skipped() const { return skipped_; }
  /// Minibatches whose gradients wait for their step.
  size_t waiting() const { return waiting_; }

  /// Whether rows of sparse matrices lag behind the steps that were taken.
  bool lags() {
    return !lazy_.empty() && optimizer_.sparse().lags(kernels_, state_.data(), optimizer_.stepsOf(state_.data()));
  }

  /// Lets some of these rows catch up. All members call this together; tells whether more are left.
  bool catchUp(const Member& member) {
    return optimizer_.sparse().catchUp(kernels_, member, lent(), optimizer_.stepsOf(state_.data()), walk_);
  }
  void beginCatchUp() { walk_ = {}; }

  /// The parameters that the model is to be evaluated with, as they are now. Rows that lag catch up first.
  const Real* evaluated();

  /// Parameters in the midst of training, where rows lag: those to evaluate with, or those that are trained. To find
  /// them changes no bit of later steps. `beginForesight` by one member; then all members call `foresee` together,
  /// until nothing is left. The parameters stay in `foreseen` until the next step or look.
  enum class Foresight { evaluated, trained };
  void beginForesight(Foresight kind);
  bool foresee(const Member& member) {
    return optimizer_.sparse().foresee(kernels_, member, lent(), optimizer_.stepsOf(state_.data()), walk_,
                                       evaluatedTensors_.data());
  }
  const Real* foreseen() const { return evaluated_.data(); }

  /// Leaves the model with the parameters that it is to be evaluated with.
  void pause();

  /// Before the next minibatch: goes on from where training was at the pause; or, where somebody has changed the
  /// parameters since, from those.
  void resume();

 private:
  struct Magnitudes {
    Real gradient = 0, sum = 0, parameters = 0, states = 0;
  };

  /// A sparse matrix whose rows are updated when a minibatch touches them.
  struct LazyMatrix {
    size_t matrix, array;
    Buffer<Real> gradient;  // of the touched rows
  };

  static std::vector<Parameter> arraysOf(const Network<Real>& network, const TrainerOptions& options);
  void passBothWays(const Member& member, const Examples& examples, const Batch& batch, const Real* point);
  void passBothWaysAfresh(const Member& member, const Examples& examples, const Batch& batch, const Real* point);
  bool isSafe(size_t count, size_t parity) const;
  void updateByPieces(const Member& member, const Batch& batch, size_t parity);
  void takeLoss(size_t count);
  void fail(const char* code, const char* what);
  template <typename Work>
  bool allocate(const Member& member, Work work);
  void collectGradient(const Member& member, const Batch& batch, const Real* point);
  Real largestGradient(const Member& member) const;
  Real largestParameter(const Member& member) const;
  void touch(const Member& member, size_t count);
  void checkSizes(const Member& member);
  void update(const Member& member);
  Outcome risk(const Member& member);
  void copyShare(const Member& member, const Real* parameters, const std::byte* state, Real* toParameters,
                 std::byte* toState) const;
  Real sizeOfShare(const Member& member, const Real* values) const;
  Lent<Real> lent() { return {gradients_.data(), tensors_.data(), state_.data()}; }
  std::vector<Real*> tensorsIn(Buffer<Real>& slab) const;
  void reserveEvaluated();

  const Kernels& kernels_ = glissade::kernels();  // to the end, whatever is chosen meanwhile
  const TrainerOptions options_;
  std::shared_ptr<const Network<Real>> network_;
  Real* parameters_;
  Optimizer<Real> optimizer_;
  const bool updatesByPieces_;
  std::unique_ptr<Minibatch<Real>> minibatch_;
  std::vector<LazyMatrix> lazy_;
  std::unique_ptr<LinearSteps<Real>> linear_;

  Buffer<std::byte> state_;
  Buffer<Real> gradient_;  // of all parameters, once it is needed
  std::vector<Gradient> gradients_;
  std::vector<Real*> tensors_;
  Buffer<Real> point_, evaluated_;  // where the gradient is taken, where the model is evaluated; if that is not at θ
  std::vector<Real*> points_, evaluatedTensors_;
  Buffer<Real> paused_;            // θ, while the model holds the other
  Buffer<Real> formerParameters_;  // before a step that may overflow
  Buffer<std::byte> formerState_;

  // Of the step under way.
  Examples examples_{};
  Batch batch_{};
  std::vector<double> row_;
  bool mayDivideByZero_ = false;
  bool isLast_ = true, skips_ = false, byPieces_ = false;
  bool isRisky_ = false;  // whether the parameters may overflow
  bool closes_ = false;   // whether gradients wait for a minibatch that is skipped, and no other can follow
  Tally tally_;
  const char* failure_ = nullptr;
  const char* failureCode_ = nullptr;

  // From step to step.
  size_t waiting_ = 0;
  bool statesMayBeLarge_ = false;  // since the last step
  int64_t steps_ = 0, skipped_ = 0, minibatches_ = 0;
  std::vector<double> lastRow_;              // of the last step
  int64_t givenAt_ = 0, evaluatedAt_ = -1;   // the step at which somebody else set θ; of `evaluated_`
  typename SparseUpdates<Real>::Walk walk_;  // through rows that lag
  bool isPaused_ = false;

  // By member. What `step` writes at its end for the next one to read has a place for steps of either parity.
  std::vector<Buffer<Real>> blocks_;  // of gradients
  std::vector<typename Network<Real>::Factors> factors_;
  std::vector<Magnitudes> magnitudes_;
  std::array<std::vector<Real>, 2> parameterSizes_;
  bool knowsParameterSizes_ = false, isRefreshed_ = false;  // whether `step` has done it for the next one
  size_t parity_ = 0;
};

}  // namespace glissade
