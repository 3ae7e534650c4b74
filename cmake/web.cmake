# holt_embed_web(TARGET): puts web/build/web.pack into TARGET as one object. `scripts/build` makes the
# pack before it calls CMake; without one, or with HOLT_WEB=OFF, the server says that it has no pages.
option(HOLT_WEB "Embed the web pages (web/build/web.pack)" ON)
set(CMAKE_ASM_COMPILER ${CMAKE_CXX_COMPILER})
enable_language(ASM)
function(holt_embed_web target)
  set(pack ${PROJECT_SOURCE_DIR}/web/build/web.pack)
  if(NOT HOLT_WEB)
    set(pack ${PROJECT_BINARY_DIR}/generated/empty.pack)
  endif()
  if(NOT EXISTS ${pack})
    file(WRITE ${pack} "")
  endif()
  target_sources(${target} PRIVATE web_pack.S)
  set_source_files_properties(web_pack.S PROPERTIES
    OBJECT_DEPENDS ${pack}
    COMPILE_DEFINITIONS "HOLT_WEB_PACK=\"${pack}\""
    SKIP_PRECOMPILE_HEADERS ON)
endfunction()
