// nginx in front of the hosts.

/// nginx: one address for writes and reads.
package enum WebServer {
    /// - Parameter folder: for configuration, logs and temporary files.
    package static func make(
        in folder: String, port: Int, gatewayPort: Int, readAPIPort: Int, binaries: ServerBinaries = ServerBinaries()
    ) throws -> Server {
        try Folder.make(folder)
        let configuration = "\(folder)/nginx.conf"
        try Folder.write(
            text(folder: folder, port: port, gatewayPort: gatewayPort, readAPIPort: readAPIPort), to: configuration)
        return Server(
            name: "nginx", port: port, url: "http://127.0.0.1:\(port)",
            command: ChildCommand(
                try binaries.nginx(), ["-p", folder, "-c", configuration, "-e", "\(folder)/nginx-error.log"],
                logFile: "\(folder)/nginx.log",
                // SIGQUIT: requests in hand are finished.
                stopSignal: 3, stopTimeout: .seconds(10)),
            isReady: { await LoopbackSocket.accepts(port: port) })
    }

    /// The configuration; the `http` part is that of `deploy/nginx`.
    package static func text(folder: String, port: Int, gatewayPort: Int, readAPIPort: Int) -> String {
        """
        daemon off;
        # One process: workers would outlive a master that is killed, and could not reach a folder of root's.
        master_process off;
        pid "\(folder)/nginx.pid";
        events {
            worker_connections 4096;
        }
        http {
            access_log off;
            client_body_temp_path "\(folder)/body";
            proxy_temp_path "\(folder)/proxy";
            fastcgi_temp_path "\(folder)/fastcgi";
            uwsgi_temp_path "\(folder)/uwsgi";
            scgi_temp_path "\(folder)/scgi";
        \(site(listen: "127.0.0.1:\(port)", gatewayPort: gatewayPort, readAPIPort: readAPIPort))
        }

        """
    }

    /// What `deploy/nginx/jspg.conf` holds, for the ports of a real installation.
    ///
    /// - Parameter listen: a port, or an address and a port.
    package static func site(listen: String, gatewayPort: Int, readAPIPort: Int) -> String {
        """
            upstream jspg_gateway {
                server 127.0.0.1:\(gatewayPort);
                keepalive 64;
            }
            upstream jspg_read_api {
                server 127.0.0.1:\(readAPIPort);
                keepalive 64;
            }
            # The path behind the prefix as the client wrote it: a %2F in an id is no slash.
            map $request_uri $jspg_path {
                default /;
                "~^/api/(?:write|read)(?<rest>/.*)$" $rest;
            }
            server {
                listen \(listen);
                # The hosts have their own limit and answer 413 themselves.
                client_max_body_size 0;
                proxy_http_version 1.1;
                proxy_set_header Connection "";
                proxy_set_header Host $host;
                proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
                proxy_read_timeout 75s;
                # A Location stays a path, whatever stands before nginx.
                absolute_redirect off;
                location /api/write/ {
                    # Bodies go through as they come: the gateway has its limit, and reads the lines of a batch one by one.
                    proxy_request_buffering off;
                    proxy_buffering off;
                    # Statuses and rows are the read API's.
                    proxy_redirect / /api/read/;
                    proxy_pass http://jspg_gateway$jspg_path;
                }
                location /api/read/ {
                    # Server-sent events and long polls go through as they come.
                    proxy_buffering off;
                    proxy_pass http://jspg_read_api$jspg_path;
                }
                # These are for who runs it, who asks the hosts themselves.
                location ~ ^/api/(?:write|read)/(?:health|metrics)(?:/|$) {
                    rewrite ^ /nowhere last;
                }
                # Where people begin who follow the address alone.
                location = / {
                    default_type text/plain;
                    return 200 "jspg\\n\\n  POST /api/write/{table}             a write; Idempotency-Key is required\\n  GET  /api/read/status/{operation}   how far it is\\n  GET  /api/read/{table}              its rows\\n  GET  /api/read/tables               the tables\\n  GET  /api/write/openapi.json        the writes, as OpenAPI; below /api/read the reads\\n";
                }
                location / {
                    default_type application/problem+json;
                    return 404 '{"type":"urn:problem-type:jspg:not-found","title":"Not found","status":404,"detail":"There is nothing at this path: writes are below /api/write/, reads below /api/read/.","error":"Not found"}';
                }
            }
        """
    }
}
