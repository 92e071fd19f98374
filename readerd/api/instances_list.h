// One `GET /instances`: the instances of ingestd that have flushed within a week, at most 100, and how they
// fare.
//
//   {"now":1603303544893,"redis_ms":0.2,"instances":[{"id":"7","flushed":1603303544893,"healthy":true,...}]}
//
// What an instance does not tell, as those of earlier versions do not, is left out. It keeps itself alive while
// a question to Redis is on its way.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/http/server.h"
#include "readerd/store/store.h"

namespace kilometric {

class InstancesList : public std::enable_shared_from_this<InstancesList> {
 public:
  InstancesList(Store& store, HttpResponse response) : store_(store), response_(std::move(response)) {}

  void start();

 private:
  Alive alive();
  void ask_for_instances();
  void on_instances(const Store::Instances& instances);
  void on_state(size_t place, const Result<InstanceState>& result);
  void refuse(const Refusal& refusal);
  void send();
  std::string text_of(const Store::Instance& instance, const InstanceState& state) const;

  Store& store_;
  HttpResponse response_;
  uint64_t asked_ns_ = 0;  ///< by uv_hrtime(), for the time
  int64_t now_ms_ = 0;     ///< by Redis' clock
  double redis_ms_ = 0;    ///< that Redis took for an answer
  Store::Instances instances_;
  std::vector<InstanceState> states_;  ///< in the same order
  size_t unanswered_ = 0;
  bool refused_ = false;
};

}  // namespace kilometric
