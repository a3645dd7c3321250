#ifndef SENT_H
#define SENT_H

extern void send_settings_to_servers(void);

#endif
