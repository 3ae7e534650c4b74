// Asio and Beast, compiled once; the other files of the room see declarations.
#include <boost/asio/impl/src.hpp>
#include <boost/beast/src.hpp>
