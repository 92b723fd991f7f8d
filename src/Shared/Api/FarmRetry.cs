using Polly;
using Polly.Retry;

namespace MlxVideo.Shared.Api;

/// <summary>Retry policies for requests to a coordinator that is temporarily unreachable, busy or out of disk space.</summary>
public static class FarmRetry
{
    /// <summary>Creates a pipeline that retries with a constant delay.</summary>
    /// <param name="handles">Selects the exceptions to retry.</param>
    /// <param name="delay">Delay before each retry.</param>
    /// <param name="patience">Maximum duration of the retries, from the creation of the pipeline.</param>
    /// <param name="onRetry">Called before each delay.</param>
    public static ResiliencePipeline WithPatience(
        Func<Exception, bool> handles, TimeSpan delay, TimeSpan patience, TimeProvider time, Action<Exception>? onRetry = null)
    {
        var began = time.GetTimestamp();
        return Create(
            time,
            new RetryStrategyOptions
            {
                ShouldHandle = arguments => ValueTask.FromResult(
                    arguments.Outcome.Exception is { } ex && handles(ex) && time.GetElapsedTime(began) < patience),
                Delay = delay,
                BackoffType = DelayBackoffType.Constant,
                OnRetry = arguments =>
                {
                    onRetry?.Invoke(arguments.Outcome.Exception!);
                    return ValueTask.CompletedTask;
                },
            });
    }

    /// <summary>Creates a pipeline that retries with exponential backoff until it succeeds or is cancelled.</summary>
    /// <param name="handles">Selects the exceptions to retry.</param>
    public static ResiliencePipeline Forever(
        Func<Exception, bool> handles, TimeSpan firstDelay, TimeSpan longestDelay, TimeProvider time) => Create(
        time,
        new RetryStrategyOptions
        {
            ShouldHandle = arguments => ValueTask.FromResult(arguments.Outcome.Exception is { } ex && handles(ex)),
            Delay = firstDelay,
            MaxDelay = longestDelay,
            BackoffType = DelayBackoffType.Exponential,
        });

    private static ResiliencePipeline Create(TimeProvider time, RetryStrategyOptions options)
    {
        options.MaxRetryAttempts = int.MaxValue;
        return new ResiliencePipelineBuilder { TimeProvider = time }.AddRetry(options).Build();
    }
}
