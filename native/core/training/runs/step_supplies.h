#pragma once

#include <atomic>

#include "models/snapshot.h"
#include "training/evaluation/curvature_probe.h"
#include "training/runs/epoch.h"
#include "training/runs/record_queue.h"
#include "training/runs/run_options.h"
#include "training/runs/step_requests.h"
#include "training/steps/trainer.h"

namespace glissade {

/// The objects that a run uses for its steps and between them. All of them must outlive a loop over them.
template <typename Real>
struct StepSupplies {
  Trainer<Real>& trainer;
  Epoch& epoch;
  RecordQueue& records;
  const RunOptions& options;
  const CurvatureProbe<Real>* probe;  // or null
  const std::atomic<bool>& stopFlag;
  const StepRequests& requests;
  const Snapshot<Real>& snapshot;

  bool isCheckpointDueByStep() const {
    return options.checkpoints && options.checkpoints->isDueByStep(trainer.counts().steps);
  }
  bool isProbeDue() const { return probe && probe->stepsLeft(trainer.counts().steps) == 0; }
  /// Whether LinearSteps can take the next step with this record.
  bool isSingle(const double* record) const { return options.batchSize == 1 && trainer.singleSteps(record); }
};

}  // namespace glissade
