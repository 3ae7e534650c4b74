// The web's files as one object; cmake/web.cmake names the file.
    .section .rodata
    .globl holt_web_pack
    .globl holt_web_pack_end
    .balign 16
holt_web_pack:
    .incbin HOLT_WEB_PACK
holt_web_pack_end:
    .byte 0
    .section .note.GNU-stack,"",@progbits
