#include "runtime.h"

#include <optional>
#include <string>
#include <string_view>

#include "arguments.h"
#include "data/sampler.h"
#include "data/table.h"
#include "matrix/buffer.h"
#include "optimizers/options.h"
#include "optimizers/rule.h"
#include "optimizers/state_layout.h"
#include "parallel/engine.h"
#include "record.h"
#include "trainer.h"
#include "training/runs/trainer_image.h"

namespace glissade {
namespace {

constexpr uint64_t kMostThreads = 1024;  // also in lib/runtime.ts

// information(): { instructionSet, instructionSets, threads, processors, processorQuota?, priority }
Napi::Value information(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&] {
    auto available = Napi::Array::New(env);
    for (const InstructionSet set : supportedInstructionSets())
      available.Set(available.Length(), std::string(nameOf(set)));
    auto result = Napi::Object::New(env);
    result.Set("instructionSet", std::string(nameOf(kernels().instructionSet)));
    result.Set("instructionSets", available);
    result.Set("threads", static_cast<double>(Engine::instance().threads()));
    const Processors& processors = Engine::instance().processors();
    result.Set("processors", static_cast<double>(processors.usable));
    if (processors.quota) result.Set("processorQuota", *processors.quota);
    for (const auto& [name, priority] : kPriorities)
      if (priority == Engine::instance().priority()) result.Set("priority", name);
    return result;
  });
}

// configure({ threads?, priority?, instructionSet? })
Napi::Value configure(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] {
    const Argument options(info, 0, "options");
    const Argument threads = options["threads"], priority = options["priority"], set = options["instructionSet"];
    std::optional<size_t> count;
    std::optional<Priority> level;
    std::optional<std::string> name;
    if (threads.isGiven()) count = threads.wholeNumber(kMostThreads);
    if (count == 0u) throw Error("ERR_OUT_OF_RANGE", "options.threads is 0");
    if (priority.isGiven()) level = priority.word(kPriorities);
    if (set.isGiven()) name = set.text();
    Engine::instance().configure(count, level);  // first, because it may refuse
    if (name) useInstructionSet(*name);
  });
  return info.Env().Undefined();
}

// rules(): { [name of a rule]: NativeRule }, see lib/addon/index.ts
Napi::Value rules(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&] {
    const KernelsOf<float>& table = kernels().float32;
    auto result = Napi::Object::New(env);
    for (int i = 0; i < table.ruleCount; ++i) {
      const Rule<float>& rule = table.rules[i];
      auto item = Napi::Object::New(env);
      auto hyperparameters = Napi::Array::New(env), states = Napi::Array::New(env);
      forEachName(rule.hyperparameters, [&](size_t h, std::string_view name) {
        hyperparameters.Set(static_cast<uint32_t>(h), std::string(name));
      });
      bool hasMoments = false;
      for (uint32_t s = 0; s < static_cast<uint32_t>(rule.stateCount); ++s) {
        states.Set(s, rule.states[s].name);
        hasMoments |= rule.states[s].moment != Moment::none;
      }
      item.Set("hyperparameters", hyperparameters);
      item.Set("states", states);
      item.Set("hasMoments", hasMoments);
      item.Set("takesSparse", rule.idle != nullptr);
      item.Set("hasGradientPoint", rule.gradientPoint != nullptr);
      item.Set("hasEvaluationPoint", rule.evaluationPoint != nullptr);
      item.Set("takesMatrices", rule.replacement != Replacement::none);
      result.Set(rule.name, item);
    }
    return result;
  });
}

/// The names of a record's numbers, in order.
template <typename Record>
Napi::Value namesOf(Napi::Env env) {
  return Napi::String::New(env, Record::kNames);
}

// nonFiniteSentence(name, count, value, row, column): the message about values that are not finite.
Napi::Value nonFiniteSentenceOf(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const NonFinite found{Argument(info, 1, "count").size(), Argument(info, 3, "row").size(),
                          Argument(info, 4, "column").size(), 0};
    return Napi::String::New(
        info.Env(), nonFiniteSentence(Argument(info, 0, "name").text(), found, Argument(info, 2, "value").text()));
  });
}

// permutation(length, seed): a Uint32Array
Napi::Value permutation(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const uint64_t seed = Argument(info, 1, "seed").wholeNumber();
    std::vector<uint32_t> order(Argument(info, 0, "length").wholeNumber(UINT32_MAX));
    permute(order, Random(seed, Draw::split, 0));
    auto result = newArray<Napi::Uint32Array>(info.Env(), order.size());
    std::copy(order.begin(), order.end(), result.Data());
    return result;
  });
}

// alignment(array): how many bytes its first element lies beyond a multiple of 64
Napi::Value alignment(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const Borrowed array = borrow(info.Env(), info[0], "array");
    return Napi::Number::New(info.Env(), static_cast<double>(reinterpret_cast<uintptr_t>(array.data) % 64));
  });
}

// release(array): detaches the buffer of an array, which frees its memory
Napi::Value release(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] {
    if (napi_detach_arraybuffer(info.Env(), borrow(info.Env(), info[0], "array").buffer) != napi_ok)
      throw Error("ERR_INVALID_ARGUMENT", "the buffer of array can't be detached");
  });
  return info.Env().Undefined();
}

}  // namespace

void defineRuntime(Napi::Env env, Napi::Object exports) {
  exports.Set("information", Napi::Function::New(env, information));
  exports.Set("configure", Napi::Function::New(env, configure));
  exports.Set("rules", Napi::Function::New(env, rules));
  exports.Set("permutation", Napi::Function::New(env, permutation));
  exports.Set("readBeyond", static_cast<double>(kReadBeyond));
  auto records = Napi::Object::New(env);
  records.Set("stepSettings", namesOf<StepSettings>(env));
  records.Set("counters", namesOf<Counters>(env));
  records.Set("stepResults", namesOf<StepResults>(env));
  records.Set("runPosition", namesOf<RunPosition>(env));
  exports.Set("records", records);
  exports.Set("nonFiniteSentence", Napi::Function::New(env, nonFiniteSentenceOf));
  exports.Set("alignment", Napi::Function::New(env, alignment));
  exports.Set("release", Napi::Function::New(env, release));
}

}  // namespace glissade
