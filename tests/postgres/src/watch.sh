# Runs the server, and stops and removes it when whoever started it is gone, however that ended: then their end of
# our standard input closes. A line there stops a server that runs, as a power cut would, and starts one that does not.
# Arguments: the folder to remove, then the server's command line.
trap '' INT HUP TERM
folder=$1
shift
exec 3<&0
while
    "$@" 3<&- </dev/null &
    server=$!
    # Nothing in there is worth an orderly shutdown.
    { read -r _ <&3; kill -QUIT "$server"; } 2>/dev/null &
    reader=$!
    wait "$server"
    # Killed, since it ignores what we ignore.
    { kill -KILL "$reader"; wait "$reader"; } 2>/dev/null
    # A server that never answered is not started again. Of one that did, it is said that it is down, since from then
    # on nobody else reads the next line.
    [ -e "$folder/answered" ] && : >"$folder/down" && read -r _ <&3
do :; done
cd / && rm -rf "$folder"
