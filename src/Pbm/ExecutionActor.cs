using Akka.Actor;
using Akka.Event;
using MlxVideo.Pbm.Commands;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Commands;
using MlxVideo.Shared.Commands.Definitions;
using MlxVideo.Shared.Errors;
using Petabridge.Cmd;

namespace MlxVideo.Pbm;

/// <summary>Executes one command and sends its lines to the client. If the client goes, the command is cancelled.</summary>
internal sealed class ExecutionActor : ReceiveActor
{
    private readonly PbmCommand _command;
    private readonly IReadOnlyList<KeyValuePair<string, string>> _given;
    private readonly Func<IFarmGateway> _farm;
    private readonly IActorRef _client;
    private readonly CancellationTokenSource _stopping = new();
    private readonly ILoggingAdapter _log = Context.GetLogger();

    public ExecutionActor(
        PbmCommand command, IReadOnlyList<KeyValuePair<string, string>> given, Func<IFarmGateway> farm, IActorRef client)
    {
        (_command, _given, _farm, _client) = (command, given, farm, client);
        Receive<CommandResponse>(response =>
        {
            _client.Tell(response);
            Context.Stop(Self);
        });
        Receive<Terminated>(_ => Context.Stop(Self));
    }

    /// <inheritdoc/>
    protected override void PreStart()
    {
        Context.Watch(_client);
        var cancellationToken = _stopping.Token;
        // In the background, because reading a CSV with images takes time, in which the actor must notice that the client has gone.
        Task.Run(() => RunAsync(cancellationToken)).PipeTo(Self);
    }

    /// <inheritdoc/>
    protected override void PostStop()
    {
        _stopping.Cancel();
        _stopping.Dispose();
    }

    /// <summary>Sends the lines as they come, and returns the final response.</summary>
    private async Task<CommandResponse> RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            var arguments = PbmArguments.Read(_command, _given);
            var farm = _farm();
            using var connection = farm as IDisposable;
            await foreach (var line in _command.RunAsync(farm, arguments, cancellationToken))
                _client.Tell(new CommandResponse(line, final: false), ActorRefs.NoSender);
            return CommandResponse.Empty;
        }
        catch (Exception ex) when (IsRefusal(ex))
        {
            return new ErroredCommandResponse(ex.Message);
        }
        catch (Exception ex) when (ex is not OutOfMemoryException)
        {
            if (!cancellationToken.IsCancellationRequested)
                _log.Error(ex, "The pbm command {0} failed.", _command.Name);
            return new ErroredCommandResponse($"{_command.Name} failed unexpectedly ({ex.Message}): see the log of this node.");
        }
    }

    private static bool IsRefusal(Exception ex) =>
        ex is FarmRequestException or FarmApiException or IBadInput or IOException or InvalidDataException
        or UnauthorizedAccessException;
}
