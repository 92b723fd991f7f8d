using System.Net;
using System.Text;
using System.Text.Json;
using Akka.Actor;
using Akka.IO;

namespace Petabridge.Cmd.Host;

/// <summary>Accepts connections.</summary>
internal sealed class Listener : ReceiveActor
{
    public Listener(PetabridgeCmd host)
    {
        Receive<Tcp.Connected>(_ =>
        {
            var socket = Sender;
            socket.Tell(new Tcp.Register(Context.ActorOf(Props.Create(() => new Client(host, socket)))));
        });
        Receive<Tcp.Bound>(_ => { });
        Receive<Tcp.CommandFailed>(_ => throw new IOException($"Port {host.Options.Port} of {host.Options.Host} can't be bound."));
        Context.System.Tcp().Tell(new Tcp.Bind(Self, new IPEndPoint(IPAddress.Parse(host.Options.Host), host.Options.Port)));
    }

    /// <summary>Reads one line with a command, and writes one line of JSON per response. It ends with the connection.</summary>
    private sealed class Client : ReceiveActor
    {
        private string _received = "";

        public Client(PetabridgeCmd host, IActorRef socket)
        {
            var connection = Context.ActorOf(Props.Create(() => new Connection(host, response => Send(socket, response))));
            Receive<Tcp.Received>(received =>
            {
                _received += received.Data.ToString(Encoding.UTF8);
                if (_received.EndsWith('\n'))
                    connection.Tell(new Connection.Execute(_received.TrimEnd()));
            });
            Receive<Tcp.ConnectionClosed>(_ => Context.Stop(Self));
        }

        private static void Send(IActorRef socket, CommandResponse response) => socket.Tell(Tcp.Write.Create(ByteString.FromString(
            JsonSerializer.Serialize(new { response.Msg, response.Final, IsError = response is ErroredCommandResponse }) + "\n")));
    }
}
