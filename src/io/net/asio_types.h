// Asio's types with the executor fixed to io_context: no type erasure on the way of each byte.
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace holt::net {

namespace asio = boost::asio;
using Tcp = asio::ip::tcp;
using Executor = asio::io_context::executor_type;
using Socket = asio::basic_stream_socket<Tcp, Executor>;
using Acceptor = asio::basic_socket_acceptor<Tcp, Executor>;
template <class T>
using Task = asio::awaitable<T, Executor>;
using Token = asio::use_awaitable_t<Executor>;
// Operations return (error, …) instead of throwing: a client that goes away is ordinary.
inline constexpr asio::as_tuple_t<Token> kAsTuple{Token{}};

}  // namespace holt::net
