# Runs the server, and stops and removes it when whoever started it is gone, however that ended: then their end of
# our standard input closes. Arguments: the folder to remove, then the server's command line.
trap '' INT HUP TERM
folder=$1
shift
exec 3<&0
"$@" 3<&- </dev/null &
server=$!
# Nothing in there is worth an orderly shutdown.
{ read -r _ <&3; kill -QUIT "$server"; } 2>/dev/null &
wait "$server"
kill "$!" 2>/dev/null
cd / && rm -rf "$folder"
