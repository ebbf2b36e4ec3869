#ifndef BASE_BUS_LINK_REQUEST_H
#define BASE_BUS_LINK_REQUEST_H

/*
** A call of bus.h as a frame: LINK_PUBLISH, LINK_READ, LINK_WHO, LINK_CLEAR.
** Each begins with a ticket, which its answer names.
*/
#include "bus/link.h"

struct bus;
struct bus_call;
struct bus_publish;
struct bus_read;

size_t link_put_publish(struct buffer *out, uint64_t ticket,
                        const struct bus_publish *publish);
size_t link_put_read(struct buffer *out, uint64_t ticket,
                     const struct bus_read *read);

/* LINK_WHO or LINK_CLEAR. Each of the three returns where its frame begins. */
size_t link_put_request(struct buffer *out, enum link_kind kind,
                        uint64_t ticket, struct text channel);

/* Reads what stands behind the ticket, and makes the call. False, and no call,
   if it is wrong. */
bool link_take_request(struct link_frame *frame, struct bus *bus,
                       struct bus_call *call);

#endif
