#pragma once

#include <cstdint>
#include <new>
#include <optional>

#include "training/runs/record_queue.h"
#include "training/runs/step_requests.h"
#include "training/steps/online.h"

namespace glissade {

/// Takes the steps that callers request of a run, one after the other.
template <typename Real>
class RequestedSteps {
 public:
  /// All must outlive this.
  RequestedSteps(Trainer<Real>& trainer, StepRequests& requests, RecordQueue& records)
      : trainer_(trainer), requests_(requests), records_(records) {}

  /// Whether a step is under way: it awaits its custom loss.
  bool isUnderWay() const { return request_.has_value(); }

  /// Takes the next request, unless one is under way. Returns whether there is one.
  bool begin() {
    if (!request_) request_ = requests_.take();
    return isUnderWay();
  }

  /// Takes the step under way. Returns the answer to its request, or nothing if the step awaits its loss.
  std::optional<StepAnswer> take(Team& team) {
    const auto& [id, minibatch] = *request_;
    StepAnswer answer{id, {}, 0, "", ""};
    try {
      const int64_t before = trainer_.counts().steps;
      const auto outcome = stepBetween(team, trainer_, minibatch, records_.next(1)[0]);
      if (outcome == Trainer<Real>::Outcome::awaitsLoss) return {};
      if (trainer_.counts().steps > before) records_.use(1);
      if (outcome == Trainer<Real>::Outcome::failed) {
        answer.code = trainer_.result().failure.code;
        answer.message = trainer_.result().failure.sentence(before + 1);
      } else {
        answer.tally = trainer_.result().tally;
      }
    } catch (const std::bad_alloc&) {
      trainer_.giveUpStep();  // its minibatch goes with the request
      answer = {id, {}, 0, "ERR_OUT_OF_RANGE", "out of memory"};
    }
    answer.steps = trainer_.counts().steps;
    request_.reset();
    return answer;
  }

  /// Gives up the step under way, if there is one, and returns the number of its request.
  std::optional<uint64_t> giveUp() {
    if (!request_) return {};
    const uint64_t id = request_->id;
    trainer_.giveUpStep();
    request_.reset();
    return id;
  }

 private:
  Trainer<Real>& trainer_;
  StepRequests& requests_;
  RecordQueue& records_;
  std::optional<StepRequest> request_;  // whose step is under way
};

}  // namespace glissade
