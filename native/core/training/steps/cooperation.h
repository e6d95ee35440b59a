#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "matrix/buffer.h"
#include "training/steps/evaluation_parameters.h"
#include "training/steps/minibatch.h"
#include "training/steps/minibatch_gradient.h"

namespace glissade {

/// Why a step has failed: a code, and a clause such as "the loss became NaN". Both are null if it has not.
struct StepFailure {
  const char* code = nullptr;
  const char* what = nullptr;

  explicit operator bool() const { return code != nullptr; }

  /// The message of the error, for the step of this number.
  std::string sentence(int64_t step) const {
    return std::string(what) + " at step " + std::to_string(step) + "; nothing has changed." +
           (std::string_view(code) == "ERR_NON_FINITE" ? " Try a smaller learningRate." : "");
  }
};

/// What a rank requests of all ranks after the step under way, as bits. All ranks do what any of them requests.
struct RankRequests {
  static constexpr uint32_t stop = 1, endInTime = 2;
};

template <typename Real>
class OuterSteps;

/// What a trainer does together with the trainers of other ranks. This class serves a process alone. Ranks take each
/// step together (SharedSteps), or steps of their own between synchronisations (OuterSteps).
template <typename Real>
class Cooperation {
 public:
  using Factors = typename Workspace<Real>::Factors;
  /// A matrix of the network, some of its rows, and the gradient with respect to them.
  using Visit = std::function<void(size_t matrix, const Range& rows, const Real* gradient)>;

  /// Sums over a minibatch, and bounds of its gradient.
  struct Totals {
    Tally tally;
    Factors factors;
  };

  /// Both must outlive it.
  Cooperation(TrainedModel<Real>& model, MinibatchGradient<Real>& gradient) : model_(model), gradient_(gradient) {}
  virtual ~Cooperation() = default;

  // Between steps. One member calls these, on the engine's thread.

  /// Where the steps of a run begin.
  enum class Start { atBeginning, whereInterrupted };
  /// Gives the parameters of the first rank to all ranks, before the first step of a run.
  /// @throws Error ERR_MPI, ERR_RANKS_DIFFER
  virtual void begin(const std::string& /*identity*/, Start) {}
  /// @throws Error ERR_RANKS_DIFFER unless all ranks have the same parameters.
  virtual void checkSameParameters() const {}

  /// Notes what this rank requests (RankRequests).
  virtual void request(uint32_t /*requests*/) {}
  /// What all ranks are to do after the last step.
  virtual uint32_t agreed() const { return 0; }
  /// Whether to act on a request now, which this rank makes or not.
  virtual bool agreesOn(uint32_t /*request*/, bool isRequestedHere) const { return isRequestedHere; }

  /// Whether ranks that take steps of their own are to synchronise before the next step.
  virtual bool isSynchronizationDue() const { return false; }
  /// The outer steps of such ranks, or null.
  virtual OuterSteps<Real>* outerSteps() { return nullptr; }

  // Before a step. One member calls these.

  /// Makes room for what ranks exchange of minibatches in this workspace.
  /// @throws std::bad_alloc
  virtual void reserve(Workspace<Real>& /*workspace*/) {}
  /// Makes room for fused steps of so many members.
  /// @throws std::bad_alloc
  void reserveBlocks(size_t members) {
    while (blocks_.size() < members) blocks_.emplace_back(model_.network->matrices().blockSize());
  }
  /// This rank's examples of a minibatch, and which part of it they are.
  virtual Examples take(const Examples& examples, RankPart& /*part*/) { return examples; }

  // Within a step. All members call these together.

  /// After `touch` of the workspace: counts rows as touched if any rank touches them.
  virtual void shareTouchedRows(const Member& /*member*/, Workspace<Real>& /*workspace*/) {}

  /// Turns the totals of this rank's part of a minibatch into those of the whole. Ranks that share it begin to sum its
  /// gradient. Returns false if memory ran out.
  virtual bool sum(const Member& /*member*/, const PassedMinibatch<Real>& /*minibatch*/, Totals& /*totals*/) {
    return true;
  }
  /// After `sum`, if the step may be fused: calls visit for each of this member's blocks of the minibatch's gradient as
  /// soon as the block is complete. A barrier must follow.
  virtual void forEachBlock(const Member& member, const PassedMinibatch<Real>& minibatch, const Visit& visit) {
    Real* const gradient = blocks_[member.index()].data();
    minibatch.workspace.forEachBlock(member, [&](size_t matrix, const Range& rows) {
      minibatch.workspace.blockGradient(member, minibatch.batch, {minibatch.point, nullptr}, matrix, rows,
                                        {gradient, nullptr});
      visit(matrix, rows, gradient);
    });
  }
  /// After `sum` or `sumAgain`: the whole gradient of the minibatch. Returns false if memory ran out. A barrier
  /// precedes the return.
  virtual bool computeGradient(const Member& member, const PassedMinibatch<Real>& minibatch) {
    if (!gradient_.reserve(member, minibatch.workspace)) return false;
    gradient_.find(member, minibatch);
    return true;
  }
  /// Begins to sum the gradient of the same minibatch at another point.
  virtual void sumAgain(const Member& /*member*/, const PassedMinibatch<Real>& /*minibatch*/) {}
  /// Why an exchange of the step has failed.
  virtual StepFailure failure() const { return {}; }

 protected:
  TrainedModel<Real>& model_;
  MinibatchGradient<Real>& gradient_;

 private:
  std::vector<Buffer<Real>> blocks_;  // by member: the gradient of a block in a fused step
};

}  // namespace glissade
