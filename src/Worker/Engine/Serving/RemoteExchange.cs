using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using MlxVideo.Engine.Sampling;
using MlxVideo.Worker.Engine.Channel;

namespace MlxVideo.Worker.Engine.Serving;

/// <summary>The engine process's side of an exchange with a helper, which the worker's process conducts.</summary>
/// <param name="call">Number of the call.</param>
/// <param name="cancellationToken">Cancels the wait for answers.</param>
internal sealed class RemoteExchange(int call, EngineChannel channel, CancellationToken cancellationToken) : IEvaluationExchange
{
    private readonly BlockingCollection<ICallMessage> _answers = [];

    /// <summary>Passes on an answer of the worker's process.</summary>
    public void Answer(ICallMessage answer) => _answers.Add(answer, CancellationToken.None);

    /// <inheritdoc/>
    public int Offer(int step, int evaluations, Action<string> writeTokens)
    {
        channel.Write(new OfferEvaluations(call, step, evaluations));
        ExceptionDispatchInfo? failure = null;
        while (true)
        {
            switch (_answers.Take(cancellationToken))
            {
                case WriteTokens write:
                    channel.Write(new TokensWritten(call, Try(() => writeTokens(write.File))));
                    break;
                case EvaluationsOffered offered:
                    failure?.Throw();
                    return offered.Count;
            }
        }

        // Without space for the tokens, the helper is given up; other failures concern the stage.
        string? Try(Action write)
        {
            try
            {
                write();
                return null;
            }
            catch (Exception ex)
            {
                failure = ex is IOException ? null : ExceptionDispatchInfo.Capture(ex);
                return ex.Message;
            }
        }
    }

    /// <inheritdoc/>
    public string? Receive(int step)
    {
        channel.Write(new ReceiveEvaluations(call, step));
        while (true)
        {
            if (_answers.Take(cancellationToken) is EvaluationsReceived received)
                return received.File;
        }
    }

    /// <inheritdoc/>
    public void Reject(int step, string reason) => channel.Write(new RejectEvaluations(call, step, reason));
}
