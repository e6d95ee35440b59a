#include "runtime.h"

#include <optional>
#include <string>

#include "arguments.h"
#include "data/sampler.h"
#include "matrix/buffer.h"
#include "parallel/engine.h"

namespace glissade {
namespace {

Napi::Array namesOf(Napi::Env env, const char* const* names, int count) {
  auto list = Napi::Array::New(env);
  for (int i = 0; i < count; ++i) list.Set(static_cast<uint32_t>(i), names[i]);
  return list;
}

// information(): { instructionSet, instructionSets, threads, priority }
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
    result.Set("priority", Engine::instance().priority() == Priority::background ? "background" : "normal");
    return result;
  });
}

// configure({ threads?, priority?, instructionSet? })
Napi::Value configure(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] {
    const auto options = info[0].As<Napi::Object>();
    const Napi::Value threads = options.Get("threads"), priority = options.Get("priority"),
                      set = options.Get("instructionSet");
    std::optional<size_t> count;
    std::optional<Priority> level;
    if (!threads.IsUndefined()) count = threads.ToNumber().Uint32Value();
    if (!priority.IsUndefined())
      level = std::string(priority.ToString()) == "normal" ? Priority::normal : Priority::background;
    Engine::instance().configure(count, level);  // first, because it may refuse
    if (!set.IsUndefined()) useInstructionSet(std::string(set.ToString()));
  });
  return info.Env().Undefined();
}

// rules(): { [name]: { hyperparameters, states, takesSparse, looksAhead, hasMoments } }
Napi::Value rules(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&] {
    const KernelsOf<float>& table = kernels().float32;
    auto result = Napi::Object::New(env);
    for (int i = 0; i < table.ruleCount; ++i) {
      const Rule<float>& rule = table.rules[i];
      auto item = Napi::Object::New(env);
      auto states = Napi::Array::New(env);
      bool hasMoments = false;
      for (uint32_t s = 0; s < static_cast<uint32_t>(rule.stateCount); ++s) {
        states.Set(s, rule.states[s].name);
        hasMoments |= rule.states[s].moment != Moment::none;
      }
      item.Set("hyperparameters", namesOf(env, rule.hyperparameters, rule.hyperparameterCount));
      item.Set("states", states);
      item.Set("takesSparse", rule.idle != nullptr);
      item.Set("looksAhead", rule.lookahead != nullptr);
      item.Set("hasMoments", hasMoments);
      result.Set(rule.name, item);
    }
    return result;
  });
}

// permutation(length, seed): a Uint32Array
Napi::Value permutation(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    std::vector<uint32_t> order(info[0].ToNumber().Uint32Value());
    permute(order, Random(static_cast<uint64_t>(info[1].ToNumber().Int64Value()), Draw::split, 0));
    auto result = Napi::Uint32Array::New(info.Env(), order.size());
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

}  // namespace

void defineRuntime(Napi::Env env, Napi::Object exports) {
  exports.Set("information", Napi::Function::New(env, information));
  exports.Set("configure", Napi::Function::New(env, configure));
  exports.Set("rules", Napi::Function::New(env, rules));
  exports.Set("permutation", Napi::Function::New(env, permutation));
  exports.Set("readBeyond", static_cast<double>(kReadBeyond));
  exports.Set("alignment", Napi::Function::New(env, alignment));
}

}  // namespace glissade
