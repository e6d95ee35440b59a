#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "error.h"
#include "kernels/kernels.h"
#include "optimizers/options.h"
#include "optimizers/parameters.h"
#include "optimizers/rule.h"

namespace glissade {

/// The groups of arrays that share an update rule and its hyperparameters.
template <typename Real>
class Groups {
 public:
  struct Group {
    int rule;                        // index in a kernel table
    size_t hyperparameters, totals;  // offsets: in a step record, among the totals of all groups
  };

  /// @throws Error ERR_INVALID_ARGUMENT if a name is not that of a rule.
  Groups(const std::vector<std::string>& rules, std::shared_ptr<const Parameters> parameters)
      : parameters_(std::move(parameters)) {
    for (const std::string& name : rules) {
      list_.push_back({indexOf(name), recordLength_, totalCount_});
      const Rule<Real>& rule = ruleOf(kernels(), list_.size() - 1);
      recordLength_ += static_cast<size_t>(rule.hyperparameterCount);
      totalCount_ += static_cast<size_t>(rule.totalCount);
    }
  }

  size_t count() const { return list_.size(); }
  const Group& operator[](size_t group) const { return list_[group]; }

  const Rule<Real>& ruleOf(const Kernels& kernels, size_t group) const {
    return kernels.of<Real>().rules[list_[group].rule];
  }
  const Rule<Real>& ruleOfArray(const Kernels& kernels, size_t array) const {
    return ruleOf(kernels, (*parameters_)[array].group);
  }

  /// Whether test(rule) holds for the rule of any group.
  template <typename Test>
  bool any(const Kernels& kernels, Test test) const {
    for (size_t group = 0; group < count(); ++group)
      if (test(ruleOf(kernels, group))) return true;
    return false;
  }

  /// The length of a step record; the number of totals of all groups.
  size_t recordLength() const { return recordLength_; }
  size_t totalCount() const { return totalCount_; }

 private:
  static int indexOf(std::string_view name) {
    const KernelsOf<Real>& table = kernels().of<Real>();
    for (int i = 0; i < table.ruleCount; ++i)
      if (name == table.rules[i].name) return i;
    throw Error("ERR_INVALID_ARGUMENT", "unknown update rule \"" + std::string(name) + "\"");
  }

  std::shared_ptr<const Parameters> parameters_;
  std::vector<Group> list_;
  size_t recordLength_ = kStepSettings, totalCount_ = 0;
};

}  // namespace glissade
