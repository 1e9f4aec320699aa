// IntrusiveList<T>: a doubly linked list whose links live in the elements.
//
// T derives from ListHook<Tag>. The list owns nothing; an element is in at most one list per Tag,
// may leave it in O(1) without knowing which list it is in, and leaves it by itself when destroyed.
#pragma once

#include <cstddef>

#include "sim/base/check.h"

namespace weir {

template <class Tag>
class ListHook {
 public:
  ListHook() = default;
  ListHook(const ListHook&) = delete;
  ListHook& operator=(const ListHook&) = delete;
  ~ListHook() { unlink(); }
  [[nodiscard]] bool linked() const { return next_ != nullptr; }
  void unlink() {
    if (next_ == nullptr) return;
    previous_->next_ = next_;
    next_->previous_ = previous_;
    next_ = previous_ = nullptr;
  }

 private:
  template <class T, class G>
  friend class IntrusiveList;
  ListHook* next_ = nullptr;
  ListHook* previous_ = nullptr;
};

template <class T, class Tag>
class IntrusiveList {
 public:
  IntrusiveList() { head_.next_ = head_.previous_ = &head_; }
  ~IntrusiveList() {
    while (!empty()) head_.next_->unlink();
    head_.next_ = head_.previous_ = nullptr;
  }
  IntrusiveList(const IntrusiveList&) = delete;
  IntrusiveList& operator=(const IntrusiveList&) = delete;

  [[nodiscard]] bool empty() const { return head_.next_ == &head_; }
  void push_back(T& element) {
    ListHook<Tag>& hook = element;
    CHECK(!hook.linked());
    hook.previous_ = head_.previous_;
    hook.next_ = &head_;
    head_.previous_->next_ = &hook;
    head_.previous_ = &hook;
  }
  [[nodiscard]] T& front() {
    CHECK(!empty());
    return static_cast<T&>(*head_.next_);
  }
  [[nodiscard]] T& back() {
    CHECK(!empty());
    return static_cast<T&>(*head_.previous_);
  }
  // `visit` must not unlink elements other than the one it is given.
  template <class Visit>
  void for_each(Visit visit) const {
    for (ListHook<Tag>* hook = head_.next_; hook != &head_;) {
      ListHook<Tag>* const next = hook->next_;
      visit(static_cast<T&>(*hook));
      hook = next;
    }
  }
  T& pop_front() {
    T& element = front();
    static_cast<ListHook<Tag>&>(element).unlink();
    return element;
  }

 private:
  ListHook<Tag> head_;
};

}  // namespace weir
