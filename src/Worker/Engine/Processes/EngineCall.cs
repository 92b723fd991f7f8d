using MlxVideo.Engine.Sampling;
using MlxVideo.Shared.Stages;
using MlxVideo.Worker.Engine.Channel;

namespace MlxVideo.Worker.Engine.Processes;

/// <summary>A call of the engine process, as seen by the worker's process.</summary>
/// <param name="number">Number of the call.</param>
/// <param name="send">Sends a message to the process.</param>
/// <param name="progress">Receives the stage's progress; null when there is none.</param>
/// <param name="evaluations">Connection to a helper; null when evaluations can't be offloaded.</param>
internal sealed class EngineCall(
    int number, Action<IEngineMessage> send, Action<int, int>? progress, IEvaluationExchange? evaluations,
    CancellationToken cancellationToken)
{
    private const int NoSpace = 28; // ENOSPC

    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile TaskCompletionSource<TokensWritten> _written = new();

    public int Number => number;

    /// <summary>Completes when the call has ended, however it ended.</summary>
    public Task Ended => _ended.Task;

    public CancellationToken Cancellation => cancellationToken;

    /// <summary>Handles a message that belongs to this call, on the thread that reads the channel.</summary>
    public void Handle(ICallMessage message)
    {
        switch (message)
        {
            case CallProgress reached:
                progress?.Invoke(reached.Step, reached.Steps);
                break;
            case OfferEvaluations offer:
                Answer(
                    exchange => new EvaluationsOffered(number, exchange.Offer(offer.Step, offer.Evaluations, WriteTokens)),
                    new EvaluationsOffered(number, 0));
                break;
            case TokensWritten written:
                _written.TrySetResult(written);
                break;
            case ReceiveEvaluations receive:
                Answer(
                    exchange => new EvaluationsReceived(number, exchange.Receive(receive.Step)), new EvaluationsReceived(number, null));
                break;
            case RejectEvaluations reject:
                evaluations?.Reject(reject.Step, reject.Reason);
                break;
            case CallEnded ended:
                End(ended);
                break;
        }
    }

    /// <summary>Ends the call because the process has ended.</summary>
    public void Fail(StageException failure)
    {
        if (cancellationToken.IsCancellationRequested)
            _ended.TrySetCanceled(cancellationToken);
        else
            _ended.TrySetException(failure);
        StopWaiting();
    }

    private void End(CallEnded ended)
    {
        if (ended.Failure is { } kind)
            _ended.TrySetException(new StageException(
                kind, ended.Message ?? "", ended.IsOutOfSpace ? new IOException(ended.Message, NoSpace) : null));
        else if (ended.IsCancelled)
            _ended.TrySetCanceled(cancellationToken);
        else
            _ended.TrySetResult();
        StopWaiting();
    }

    private void StopWaiting() => _written.TrySetCanceled();

    /// <summary>Answers on another thread, because an exchange waits for the helper and for messages of the engine process.</summary>
    /// <param name="none">The answer without a helper.</param>
    private void Answer(Func<IEvaluationExchange, IEngineMessage> answer, IEngineMessage none) => Task.Run(() =>
    {
        try
        {
            send(evaluations is null ? none : answer(evaluations));
        }
        catch (Exception ex) when (ex is not OutOfMemoryException)
        {
            send(none); // the call was cancelled, or the exchange failed
        }
    });

    private void WriteTokens(string file)
    {
        _written = new TaskCompletionSource<TokensWritten>(TaskCreationOptions.RunContinuationsAsynchronously);
        send(new WriteTokens(number, file));
        if (_ended.Task.IsCompleted)
            throw new OperationCanceledException();
        if (_written.Task.GetAwaiter().GetResult().Error is { } error)
            throw new IOException(error);
    }
}
