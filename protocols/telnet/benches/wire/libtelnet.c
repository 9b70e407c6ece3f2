/* libtelnet on the streams of this benchmark: the C peer, in a process of its own.
 *
 * usage: libtelnet scan|answer|escape BYTES READ ROUNDS
 *
 * Takes BYTES bytes of a stream from its standard input; then, for each further byte, goes through
 * the stream ROUNDS times in reads of READ bytes, and says so by a byte on its standard output.
 *
 *   scan    finds what stands in the stream, and answers nothing (TELNET_FLAG_PROXY)
 *   answer  negotiates too, and refuses every option
 *   escape  sends the stream as data, in one piece
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Its header needs theirs. */
#include <libtelnet.h>

/* What is to be sent, up to the end of a read: at most twice what is read. */
static char *out;
static size_t out_length;

/* What was found, so that finding it is not for nothing. */
static volatile size_t found;

static void heard(telnet_t *telnet, telnet_event_t *event, void *context)
{
    (void)telnet;
    (void)context;
    switch (event->type) {
    case TELNET_EV_SEND:
        memcpy(out + out_length, event->data.buffer, event->data.size);
        out_length += event->data.size;
        break;
    case TELNET_EV_DATA:
        found += event->data.size;
        break;
    case TELNET_EV_WILL:
    case TELNET_EV_WONT:
    case TELNET_EV_DO:
    case TELNET_EV_DONT:
        found += event->neg.telopt;
        break;
    case TELNET_EV_SUBNEGOTIATION:
        found += event->sub.size;
        break;
    default:
        found += 1;
    }
}

static void go(int scans, int escapes, const char *stream, size_t bytes, size_t read_size)
{
    static const telnet_telopt_t options[] = {{-1, 0, 0}};
    telnet_t *telnet = telnet_init(options, heard, scans ? TELNET_FLAG_PROXY : 0, NULL);
    size_t at, size;

    for (at = 0; at < bytes; at += size) {
        size = bytes - at < read_size ? bytes - at : read_size;
        out_length = 0;
        if (escapes)
            telnet_send(telnet, stream + at, size);
        else
            telnet_recv(telnet, stream + at, size);
    }
    telnet_free(telnet);
}

int main(int argc, char **argv)
{
    size_t bytes, read_size, rounds, round;
    char *stream, asked;

    if (argc != 5)
        return 2;
    bytes = strtoul(argv[2], NULL, 10);
    read_size = strtoul(argv[3], NULL, 10);
    rounds = strtoul(argv[4], NULL, 10);
    stream = malloc(bytes);
    out = malloc(2 * bytes);
    if (!stream || !out || fread(stream, 1, bytes, stdin) != bytes)
        return 1;
    /* The pages are there before the clock runs. */
    memset(out, 0, 2 * bytes);
    while (fread(&asked, 1, 1, stdin) == 1) {
        for (round = 0; round < rounds; round++)
            go(!strcmp(argv[1], "scan"), !strcmp(argv[1], "escape"), stream, bytes, read_size);
        if (write(STDOUT_FILENO, &asked, 1) != 1)
            return 1;
    }
    return 0;
}
