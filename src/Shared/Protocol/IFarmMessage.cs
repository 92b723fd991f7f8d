namespace MlxVideo.Shared.Protocol;

/// <summary>A message between coordinator and worker. The cluster transmits only these and Akka's own messages.</summary>
public interface IFarmMessage;
