// What `GET /instances` answers: how each ingestd fares, as of its last flush.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tool/reader/reader.h"

namespace kilometric::tool {

struct Instance {
  std::string id, host, version;
  bool healthy = false;
  bool tells = false;  ///< more than those of early versions
  bool append_only = true;
  int64_t flushed = 0, told = 0, started = 0;  ///< ms
  double interval = 0;                         ///< s
  int64_t pending = 0, spool = 0, drops = 0;
  std::map<std::string, double> lines;  ///< by outcome
  size_t rejected_shown = 0;

  std::string name() const { return host.empty() ? id : host; }
  double lines_received() const;
};

struct Instances {
  int64_t now = 0;  ///< ms, by Redis' clock
  double redis_ms = 0;
  std::vector<Instance> all;
};

Instances read_instances(const Reader& reader);

}  // namespace kilometric::tool
