// Commands for Redis that wait for their turn, and those who asked them.
//
// Only so many are under way at a time; further ones wait here, first come, first served. So Redis never has to
// hold thousands of replies for us, a health check is never stuck behind them, and many readers of long streams
// advance side by side. Whoever asks what is waiting already shares its reply, so that a crowd before one
// dashboard costs Redis what one viewer does; a reply whose command is on its way is not shared, as it may be
// older than the question.
//
// Owned by the store, which knows what to ask. When Redis is lost, everybody gets an answer made of nullptr.
#pragma once

#include <hiredis/hiredis.h>

#include <algorithm>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "common/redis/redis.h"
#include "common/uv.h"
#include "readerd/store/alive.h"

namespace kilometric {

class Questions {
 public:
  using Command = std::vector<std::string>;
  /// What a reply says; nullptr: Redis is down, or went down.
  template <class Answer>
  using Read = std::function<Answer(const redisReply* reply)>;
  template <class Answer>
  using On = std::function<void(Answer answer)>;

  Questions(Loop& loop, Redis& redis) : redis_(redis), send_(loop, [this] { send_waiting(); }) {}

  bool in_cluster() const { return redis_.is_cluster(); }

  /// Calls `on_answer` once, later; never, once the asker is not alive any more. Requires that commands of the
  /// same text have answers of the same type.
  template <class Answer>
  void ask(Command command, Read<Answer> read, Alive alive, On<Answer> on_answer);

 private:
  struct Question {
    virtual ~Question() = default;
    virtual bool alive() const = 0;  ///< one of its askers is
    virtual void answer(const redisReply* reply) const = 0;
    Command command;
  };
  template <class Answer>
  struct QuestionFor;

  std::shared_ptr<Question>& waiting_with_text_of(const Command& command);
  void wait(std::shared_ptr<Question> question);
  void send_waiting();
  void send(std::shared_ptr<Question> question);

  Redis& redis_;
  std::deque<std::shared_ptr<Question>> waiting_;
  std::unordered_map<std::string, std::shared_ptr<Question>> by_text_;  ///< of those that wait
  size_t under_way_ = 0;
  NextTurn send_;  ///< once all requests that came together have asked
};

template <class Answer>
struct Questions::QuestionFor : Question {
  bool alive() const override {
    return std::ranges::any_of(askers, [](const auto& asker) { return asker.first(); });
  }
  void answer(const redisReply* reply) const override {
    Answer answer = read(reply);
    for (size_t i = 0; i + 1 < askers.size(); ++i)
      if (askers[i].first()) askers[i].second(answer);
    if (askers.back().first()) askers.back().second(std::move(answer));
  }
  Read<Answer> read;
  std::vector<std::pair<Alive, On<Answer>>> askers;
};

template <class Answer>
void Questions::ask(Command command, Read<Answer> read, Alive alive, On<Answer> on_answer) {
  std::shared_ptr<Question>& known = waiting_with_text_of(command);
  if (!known) {
    const auto question = std::make_shared<QuestionFor<Answer>>();
    question->command = std::move(command);
    question->read = std::move(read);
    known = question;
    wait(question);
  }
  static_cast<QuestionFor<Answer>&>(*known).askers.emplace_back(std::move(alive), std::move(on_answer));
}

}  // namespace kilometric
